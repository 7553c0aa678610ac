import { findBrowser } from "../../scripts/browsers.ts";
import { buildBrowser } from "../../scripts/build_browser.ts";
import type { Channel } from "../../src/transport/channel.ts";
import { acceptSocket } from "../../src/transport/accepted_socket_channel.ts";
import { LAUNCHERS } from "../support/browsers.ts";
import { repeatError, SEED } from "../support/seed.ts";
import type { PageScope } from "./page.ts";

for (const name of ["chromium", "firefox"] as const) {
  Deno.test({
    name: `Channels of ${name}`,
    ignore: findBrowser(name) === undefined,
    // Leaks of the browser driver are not checked.
    sanitizeOps: false,
    sanitizeResources: false,
    async fn(test) {
      await using server = await servePage();
      await using browser = await LAUNCHERS[name]();
      const page = await browser.open(server.url);
      const list = (seed: number) => (globalThis as unknown as PageScope).listCases(seed);
      const run = (seed: number, title: string) =>
        (globalThis as unknown as PageScope).runCase(seed, title);
      for (const title of await page.evaluate(list, SEED)) {
        await test.step(title, async () => {
          const failure = await page.evaluate(run, SEED, title);
          if (failure !== "") throw repeatError(import.meta.url, failure);
        });
      }
    },
  });
}

interface PageServer extends AsyncDisposable {
  readonly url: string;
}

/** Connects each two WebSockets of one path. */
async function servePage(): Promise<PageServer> {
  const script = await buildBrowser({ entry: new URL("./page.ts", import.meta.url) });
  const ties = new Map<string, Channel>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/page.js") {
      return new Response(script, { headers: { "content-type": "text/javascript" } });
    }
    if (!pathname.startsWith("/tie/")) {
      const html = `<!doctype html><script src="/page.js" type="module"></script>`;
      return new Response(html, { headers: { "content-type": "text/html" } });
    }
    const { socket, response } = Deno.upgradeWebSocket(request);
    acceptSocket(socket, {
      opened(channel) {
        const other = ties.get(pathname);
        if (other) tie(channel, other);
        else ties.set(pathname, channel);
      },
      failed() {},
    });
    return response;
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}/`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

function tie(left: Channel, right: Channel): void {
  for (const [from, to] of [[left, right], [right, left]] as const) {
    from.listen({
      received: (frame) => to.send(frame),
      bufferedAmountLow() {},
      closed: ({ code, reason }) => to.close(code === 1005 ? 1000 : code, reason),
    });
  }
}
