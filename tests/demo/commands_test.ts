import { expect } from "expect";
import { type Command, parseCommand } from "../../demo/commands.ts";

const LINES: readonly (readonly [string, Command])[] = [
  ["", { type: "nothing" }],
  ["  ", { type: "nothing" }],
  [" hello, all ", { type: "say", text: "hello, all" }],
  ["/to 7 only you", { type: "tell", member: 7, text: "only you" }],
  ["/file /home/me/a b.png", { type: "file", path: "/home/me/a b.png" }],
  ["/name  Ada  Lovelace ", { type: "name", name: "Ada Lovelace" }],
  ["/cancel", { type: "cancel" }],
  ["/who", { type: "who" }],
  ["/help", { type: "help" }],
  ["/quit ", { type: "quit" }],
];

for (const [line, command] of LINES) {
  Deno.test(`parseCommand() reads ${JSON.stringify(line)}`, () => {
    expect(parseCommand(line)).toEqual(command);
  });
}

for (const line of ["/to", "/to 7", "/to seven hello", "/file", "/name", "/dance", "/"]) {
  Deno.test(`parseCommand() rejects ${line} with a reason`, () => {
    expect(parseCommand(line)).toEqual({
      type: "misuse",
      reason: expect.stringMatching(/^Cannot/),
    });
  });
}
