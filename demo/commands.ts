/**
 * The commands of the terminal of the demo.
 *
 * @module
 */

import { cleanName } from "./people.ts";

export type Command =
  | { readonly type: "nothing" }
  | { readonly type: "say"; readonly text: string }
  | { readonly type: "tell"; readonly member: number; readonly text: string }
  | { readonly type: "file"; readonly path: string }
  | { readonly type: "name"; readonly name: string }
  | { readonly type: "cancel" }
  | { readonly type: "who" }
  | { readonly type: "help" }
  | { readonly type: "quit" }
  | { readonly type: "misuse"; readonly reason: string };

/** The output of `/help`. */
export const COMMANDS_HELP = `Type a line to send it to all, or:
  /to ID TEXT  sends to one member
  /file PATH   sends a file to all
  /name NAME   changes your name
  /cancel      ends the files that are on their way, from you and to you
  /who         lists the members, and how it goes with each
  /help        prints this
  /quit        ends the demo, as Ctrl-C does`;

/** Reads a line. */
export function parseCommand(line: string): Command {
  const text = line.trim();
  if (text === "") return { type: "nothing" };
  if (!text.startsWith("/")) return { type: "say", text };
  const [command = ""] = text.split(/\s/, 1);
  const rest = text.slice(command.length).trim();
  switch (command) {
    case "/to":
      return parseTell(rest);
    case "/file":
      if (rest === "") return { type: "misuse", reason: "Cannot send: /file PATH expected" };
      return { type: "file", path: rest };
    case "/name": {
      const name = cleanName(rest);
      if (name === "") return { type: "misuse", reason: "Cannot change: /name NAME expected" };
      return { type: "name", name };
    }
    case "/cancel":
      return { type: "cancel" };
    case "/who":
      return { type: "who" };
    case "/help":
      return { type: "help" };
    case "/quit":
      return { type: "quit" };
    default:
      return { type: "misuse", reason: `Cannot do ${command}: no such command; try /help` };
  }
}

function parseTell(rest: string): Command {
  const parts = /^(\d+)\s+(.+)$/s.exec(rest);
  const [, member = "", text = ""] = parts ?? [];
  if (parts === null) return { type: "misuse", reason: "Cannot send: /to ID TEXT expected" };
  return { type: "tell", member: Number(member), text };
}
