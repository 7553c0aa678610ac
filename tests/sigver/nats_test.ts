// Installs Debian's package nats-server where that is possible.

import { expect } from "expect";
import { ensureProgram } from "../../scripts/install_programs.ts";
import { Service } from "../failover/service.ts";
import { run } from "./support/program.ts";

const server = await ensureProgram("nats-server");

/** One of the users may not subscribe to the subjects of servers. */
const CONFIGURATION = `
authorization {
  users: [
    { user: deaf, password: secret, permissions: { subscribe: { deny: "sigver.>" } } }
  ]
}
`;

for (
  const [what, user, reason] of [
    ["does not let in", "stranger", /Authorization Violation/i],
    ["does not let listen", "deaf", /Permissions Violation/i],
  ] as const
) {
  Deno.test({
    name: `sigver ends where NATS ${what}, and says why without the password${
      server ? "" : " (needs nats-server, which cannot be installed here)"
    }`,
    ignore: server === undefined,
    async fn() {
      const file = await Deno.makeTempFile();
      using _file = { [Symbol.dispose]: () => Deno.removeSync(file) };
      await Deno.writeTextFile(file, CONFIGURATION);
      const argsFor = (port: number) => ["-a", "127.0.0.1", "-p", String(port), "-c", file];
      await using nats = await Service.open({ name: "nats", script: server ?? "", argsFor });
      const url = `nats://${user}:secret@127.0.0.1:${nats.port}`;
      const args = ["--host", "127.0.0.1", "--port", "0", "--nats", url];
      const { code, stderr } = await run({ args });
      expect(code).toBe(2);
      expect(stderr).toMatch(/^sigver: Cannot use NATS: .+\n$/m);
      expect(stderr).toMatch(reason);
      expect(stderr).not.toContain("secret");
    },
  });
}
