// Needs Debian's nginx.

import { expect } from "expect";
import { WebGroup } from "../../src/group/web_group.ts";
import { silentLog } from "../../src/platform/log.ts";
import { webPlatform } from "../../src/platform/web.ts";
import { GroupServer } from "../../src/server/server.ts";
import { dialSocket } from "../../src/transport/socket_channel.ts";
import type { Transport } from "../../src/transport/transport.ts";
import { webTransport } from "../../src/transport/web.ts";
import { Nginx } from "../failover/infrastructure.ts";
import { makeCertificate } from "../support/certificate.ts";
import { until } from "../support/until.ts";

const FILE = new URL("../../deploy/nginx-groups.conf", import.meta.url);

/** Replaces paths and ports of the configuration. */
function replaced(text: string, runtimes: Readonly<Record<string, string>>): string {
  return Object.entries(runtimes).reduce((text, [machine, netflux5]) => {
    if (!text.includes(machine)) throw new Error(`Cannot find ${machine} in ${FILE.pathname}`);
    return text.replaceAll(machine, netflux5);
  }, text);
}

/** The transport of a page without WebRTC that trusts a certificate. */
function pageTransport(client: Deno.HttpClient): Transport {
  class Socket extends WebSocket {
    constructor(url: string | URL) {
      // Deno accepts an object with a client, which its types lack.
      super(url, { client } as unknown as string[]);
    }
  }
  return { ...webTransport(), dialSocket: (url, sink) => dialSocket(Socket, url, sink) };
}

Deno.test("GroupServer works behind nginx with TLS and a path prefix, without an absolute URL", async () => {
  const certificate = await makeCertificate("app");
  const folder = await Deno.makeTempDir({ prefix: "certificate-" });
  const files = { cert: `${folder}/cert.pem`, key: `${folder}/key.pem` };
  await Deno.writeTextFile(files.cert, certificate.cert);
  await Deno.writeTextFile(files.key, certificate.key);
  await using server = new GroupServer({
    path: "/groups/",
    trustedProxies: ["127.0.0.1"],
    onGroup(group) {
      group.addEventListener("message", ({ sender, data }) => group.sendTo(sender, `re: ${data}`));
    },
  });
  const listening = await server.listen({ hostname: "127.0.0.1" });
  const text = await Deno.readTextFile(FILE);
  await using nginx = await Nginx.start((port) =>
    replaced(text, {
      "listen 443 ssl;": `listen 127.0.0.1:${port} ssl;`,
      "/etc/letsencrypt/live/app.example.org/fullchain.pem": files.cert,
      "/etc/letsencrypt/live/app.example.org/privkey.pem": files.key,
      "127.0.0.1:8000": `127.0.0.1:${listening.port}`,
    })
  );
  using client = Deno.createHttpClient({ caCerts: [certificate.cert], poolMaxIdlePerHost: 0 });
  const environment = { platform: webPlatform(silentLog), transport: pageTransport(client) };
  const signalingServer = `https://127.0.0.1:${nginx.port}/app/groups/`;
  await using one = new WebGroup({ signalingServer, autoRejoin: false }, environment);
  await using other = new WebGroup({ signalingServer, autoRejoin: false }, environment);
  const heard: unknown[] = [];
  one.onMessage = (_, data) => heard.push(data);
  await one.join("room 1/2");
  await other.join("room 1/2");
  await other.send("hello");
  await one.send("hi");
  await until("both hear what they are sent", () => heard.length === 2, () => heard);
  const [group] = [...server.groups.values()];
  expect([group?.key, group?.members.length, heard.sort()]).toEqual([
    "room 1/2",
    3,
    ["hello", "re: hi"],
  ]);
  // The DOM's types lack Deno's options.
  const options: RequestInit & { readonly client: Deno.HttpClient } = { client };
  const statusOf = async (path: string) => {
    const reply = await fetch(`https://127.0.0.1:${nginx.port}/app/groups${path}`, options);
    await reply.body?.cancel();
    return reply.status;
  };
  const paths = ["/healthz", "/metrics", "//metrics", "/%6detrics"];
  expect(await Promise.all(paths.map(statusOf))).toEqual([200, 403, 403, 403]);
  expect(text).toContain("access_log off;");
  await Deno.remove(folder, { recursive: true });
});
