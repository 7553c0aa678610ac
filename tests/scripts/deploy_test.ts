import { expect } from "expect";
import { findProgram, isFile } from "../../scripts/install_programs.ts";
import { createHandler, listen, Sigver } from "../../sigver.ts";
import { NAMED_FLAGS } from "../../src/sigver_cli/command_line.ts";
import { makeCertificate } from "../support/certificate.ts";

const ROOT = new URL("../../", import.meta.url);
const UNIT = new URL("deploy/sigver.service", ROOT);

const NAMING_VARIABLES = [
  "deploy/sigver.service",
  "deploy/Dockerfile",
  "docs/SIGVER.md",
  "docs/cookbook/own-server.md",
];

const analyze = findProgram(["systemd-analyze"]);

Deno.test({
  name: "systemd-analyze verify accepts deploy/sigver.service (needs systemd)",
  ignore: analyze === undefined,
  async fn() {
    const { code, stderr } = await new Deno.Command(analyze ?? "", {
      args: ["verify", UNIT.pathname],
    }).output();
    expect({ code, said: new TextDecoder().decode(stderr) }).toEqual({ code: 0, said: "" });
  },
});

Deno.test("deploy/Dockerfile copies only existing files, and all that the program needs", async () => {
  const text = await Deno.readTextFile(new URL("deploy/Dockerfile", ROOT));
  const copied = [...text.matchAll(/^COPY (.+) \S+$/gm)].flatMap(([, names = ""]) =>
    names.split(" ")
  );
  for (const name of copied) {
    const path = new URL(name, ROOT).pathname;
    expect([name, isFile(path) || (await Deno.stat(path)).isDirectory]).toEqual([name, true]);
  }
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", new URL("sigver.ts", ROOT).href],
  }).output();
  expect(code).toBe(0);
  const { modules } = JSON.parse(new TextDecoder().decode(stdout));
  const ours: string[] = modules.map(({ specifier }: { specifier: string }) => specifier)
    .filter((specifier: string) => specifier.startsWith(ROOT.href))
    .map((specifier: string) => specifier.slice(ROOT.href.length));
  const missing = ours.filter((path) =>
    !copied.some((name) => path === name || path.startsWith(`${name.replace("./", "")}/`))
  );
  expect(missing).toEqual([]);
});

Deno.test("deploy/Dockerfile checks the health at the port and with the TLS of the variables", async () => {
  const text = await Deno.readTextFile(new URL("deploy/Dockerfile", ROOT));
  const [, json = ""] = /^HEALTHCHECK .*? CMD (\[.+?\])$/ms.exec(text.replaceAll("\\\n", "")) ?? [];
  const [, ...args]: readonly string[] = JSON.parse(json);
  const sigver = new Sigver();
  for (const tls of [{}, await makeCertificate("health")]) {
    const options = { hostname: "127.0.0.1", ...tls };
    const server = await listen(options, createHandler(sigver));
    const check = async (port: number) => {
      const env = {
        SIGVER_PORT: String(port),
        SIGVER_KEY: server.secure ? "/key.pem" : "",
      };
      return (await new Deno.Command(Deno.execPath(), { args: [...args], env }).output()).code;
    };
    expect(await check(server.port)).toBe(0);
    const { port } = server;
    await server.close();
    expect(await check(port)).toBe(1);
  }
});

Deno.test("deploy/ and the documents name only existing variables", async () => {
  const known = NAMED_FLAGS.map(({ variable }) => variable);
  for (const path of NAMING_VARIABLES) {
    const text = await Deno.readTextFile(new URL(path, ROOT));
    for (const [variable] of text.matchAll(/SIGVER_[A-Z_]+/g)) expect(known).toContain(variable);
  }
});
