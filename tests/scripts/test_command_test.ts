import { expect } from "expect";
import { Commands } from "../../scripts/test_command.ts";

/** Elsewhere a process that leaves the group of the command is not found. */
const FINDS_DETACHED = Deno.build.os === "linux";

const IDLE = "setInterval(() => {}, 1_000);";

Deno.test("Commands.run() returns the output of a command, and its success", async () => {
  const commands = new Commands();
  expect(await commands.run(["eval", "console.log(1); console.error(2)"])).toMatchObject({
    success: true,
    output: expect.stringMatching(/^(1\n2|2\n1)\n$/),
  });
  expect(await commands.run(["eval", "Deno.exit(3)"])).toEqual({ success: false, output: "" });
});

Deno.test("Commands.run() ends a command at its time limit", async () => {
  const { success, output } = await new Commands().run(["eval", IDLE], { limitMs: 0 });
  expect(success).toBe(false);
  expect(output).toBe("\nEnded: it took more than 0 minutes\n");
});

Deno.test("Commands.run() kills a command that ignores SIGTERM", async () => {
  const stubborn = `Deno.addSignalListener("SIGTERM", () => {}); ${IDLE}`;
  const options = { limitMs: 0, cleanUpMs: 0 };
  const { success } = await new Commands().run(["eval", stubborn], options);
  expect(success).toBe(false);
});

Deno.test("Commands.interrupt() ends the descendants of a command, too", async () => {
  const commands = new Commands();
  const file = await Deno.makeTempFile();
  using _file = { [Symbol.dispose]: () => Deno.removeSync(file) };
  using watcher = Deno.watchFs(file);
  // The child processes hold its output open: run() ends only when all have ended.
  const done = commands.run([
    "eval",
    `for (const detached of [false, ${FINDS_DETACHED}]) {
       new Deno.Command(Deno.execPath(), { args: ["eval", "${IDLE}"], detached }).spawn();
     }
     Deno.writeTextFileSync(${JSON.stringify(file)}, "started");
     ${IDLE}`,
  ]);
  for await (const _event of watcher) break;
  commands.interrupt("SIGTERM");
  expect(await done).toEqual({ success: false, output: "" });
  expect(commands.isInterrupted).toBe(true);
});
