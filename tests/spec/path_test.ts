import { expect } from "expect";
import type { WebGroup } from "../../mod.ts";
import { SendBuffer } from "../../src/session/send_buffer.ts";
import { SimChannel } from "../../src/testing/channel.ts";
import { SimNetwork } from "../sim/sim_network.ts";

const TEXT = "a message that is looked for";
const FILES_MAX = 12;

/** The files of src on the call stack, outermost first. */
function filesOnStack(): string[] {
  const files: string[] = [];
  for (const [, file = ""] of new Error().stack!.matchAll(/src\/(\w+\/\w+)\.ts/g)) {
    if (files[0] !== file) files.unshift(file);
  }
  return files;
}

function pathsOf(from: WebGroup, to: WebGroup, run: () => void): Record<string, string[]> {
  const paths: Record<string, string[]> = {};
  const { stackTraceLimit } = Error;
  const { send } = SimChannel.prototype;
  const { enqueue } = SendBuffer.prototype;
  Error.stackTraceLimit = 100;
  SendBuffer.prototype.enqueue = function (...message) {
    paths["send()"] = [...filesOnStack(), "session/send_buffer"];
    return enqueue.apply(this, message);
  };
  SimChannel.prototype.send = function (frame) {
    if (new TextDecoder().decode(frame).includes(TEXT)) paths.flush ??= filesOnStack();
    return send.call(this, frame);
  };
  to.onMessage = () => paths.received = filesOnStack();
  try {
    from.send(TEXT);
    run();
  } finally {
    Object.assign(Error, { stackTraceLimit });
    SimChannel.prototype.send = send;
    SendBuffer.prototype.enqueue = enqueue;
  }
  return paths;
}

/** Leaves out a mailbox that runs a turn of the file before it. */
function stepsOf(path: readonly string[]): string[] {
  const steps = path.filter((file) => !/^(transport|testing)\//.test(file));
  return steps.filter((file, index) => {
    if (file === "machine/mailbox") return steps[index - 1] !== steps[index + 1];
    return steps[index + 1] !== "machine/mailbox" || steps[index + 2] !== file;
  });
}

function printedPaths(): Record<string, string[]> {
  const text = Deno.readTextFileSync(new URL("../../ARCHITECTURE.md", import.meta.url));
  const [, block = ""] = /## The path of a message[\s\S]*?```text\n([\s\S]*?)```/.exec(text) ?? [];
  const lines = block.replaceAll(/\n +/g, " ").trim().split("\n");
  return Object.fromEntries(lines.map((line) => {
    const [, name = "", path = ""] = /^(\S+) +(.*)$/.exec(line) ?? [];
    return [name, path.split(" → ").filter((file) => file.includes("/"))];
  }));
}

Deno.test("ARCHITECTURE.md prints the paths of a message, which visit no file twice", () => {
  const network = new SimNetwork({ seed: 1 });
  const [from, to] = [network.add("a").group, network.add("b").group];
  for (const group of [from, to]) group.join("key");
  network.run(5_000);
  const found = Object.entries(pathsOf(from, to, () => network.run(1_000)))
    .map(([name, path]) => [name, stepsOf(path)] as const);
  expect(Object.fromEntries(found)).toEqual(printedPaths());
  for (const [, path] of found) {
    expect(new Set(path).size).toBe(path.length);
    expect(path.length).toBeLessThanOrEqual(FILES_MAX);
  }
  for (const group of [from, to]) group.leave();
  network.run(5_000);
});
