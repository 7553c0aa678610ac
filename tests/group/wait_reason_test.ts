import { expect } from "expect";
import { WebGroupState } from "../../src/group/state.ts";
import { WebGroup } from "../../src/group/web_group.ts";
import { SimNetwork } from "../sim/sim_network.ts";
import type { SimMachine } from "../../src/testing/world.ts";

class Program {
  readonly warnings: string[] = [];
  readonly errors: string[] = [];
  readonly group: WebGroup;

  constructor(machine: SimMachine, listens = false) {
    const log = { ...machine.platform.log, warn: (text: string) => void this.warnings.push(text) };
    const world = { platform: { ...machine.platform, log }, transport: machine.transport };
    this.group = new WebGroup({ signalingServer: SimNetwork.SIGNALING }, world);
    if (!listens) return;
    this.group.addEventListener("error", ({ error }) => this.errors.push(error.message));
  }
}

const WITHIN_MS = 5_000;

/** Both programs get this report within 5 s, as an error or a warning. */
function expectTold(network: SimNetwork, machine: SimMachine, text: string): void {
  for (const listens of [false, true]) {
    const program = new Program(machine, listens);
    program.group.join("key");
    network.run(WITHIN_MS);
    const [told, other] = listens
      ? [program.errors, program.warnings]
      : [program.warnings, program.errors];
    expect([listens, told.some((line) => line.includes(text)), other]).toEqual([listens, true, []]);
    if (!listens) expect(told[0]).toContain("onError would get this error");
    program.group.leave();
    network.run(3_000);
  }
}

Deno.test("WebGroup warns of an error if onError is not a function", () => {
  const network = new SimNetwork({ seed: 1 });
  network.signaling.stop();
  const { group, warnings } = new Program(network.world.addMachine("page"), false);
  Object.assign(group, { onError: "no function" });
  group.join("key");
  network.run(WITHIN_MS);
  expect(warnings[0]).toContain("onError would get this error");
});

Deno.test("WebGroup warns of an error once its listeners were removed", () => {
  const network = new SimNetwork({ seed: 1 });
  network.signaling.stop();
  const { group, warnings } = new Program(network.world.addMachine("page"));
  const errors: string[] = [];
  group.addEventListener("error", ({ error }) => errors.push(error.message), { once: true });
  group.join("key");
  network.run(WITHIN_MS);
  expect([errors.length, warnings.length]).toEqual([1, 1]);
});

Deno.test("WebGroup.join() reports a signaling server that refuses", () => {
  const network = new SimNetwork({ seed: 1 });
  network.signaling.stop();
  const machine = network.world.addMachine("page");
  expectTold(
    network,
    machine,
    "Cannot use the signaling server ws://signaling:8000: connection re",
  );
});

Deno.test("WebGroup.join() reports a signaling server that does not answer", () => {
  const network = new SimNetwork({ seed: 1 });
  network.world.netem.partition(["page"], 60_000);
  const machine = network.world.addMachine("page");
  expectTold(network, machine, "no connection to the signaling server ws://signaling:8000 in 4 s");
});

Deno.test("WebGroup.join() reports a token() that does not settle, and blames no server", () => {
  const network = new SimNetwork({ seed: 1 });
  const token = () => new Promise<string>(() => {});
  const options = { signalingServer: SimNetwork.SIGNALING, token };
  const group = new WebGroup(options, network.world.addMachine("page"));
  const errors: string[] = [];
  group.onError = ({ code, message }) => errors.push(`${code}: ${message}`);
  group.join("key");
  network.run(11_000);
  expect(errors).toEqual([
    "TIMEOUT: Cannot join yet: token() has not settled in 4 s",
    "TIMEOUT: Cannot use the signaling server ws://signaling:8000: token() has not settled " +
    "within 10 s",
  ]);
});

Deno.test("WebGroup.join() reports a server that accepts the connection without replying", () => {
  const network = new SimNetwork({ seed: 1 });
  const machine = network.world.addMachine("page");
  network.signaling.stop();
  const acceptAll = { decideByUrl: () => ({ type: "admit", accept: () => {} } as const) };
  network.world.serve("signaling:8000", network.world.addMachine("other"), acceptAll);
  expectTold(network, machine, "no answer from the signaling server ws://signaling:8000 in 4 s");
});

Deno.test("WebGroup.join() reports that there is no network", () => {
  const network = new SimNetwork({ seed: 1 });
  const machine = network.world.addMachine("page");
  machine.setPageStatus({ online: false, visible: true });
  expectTold(network, machine, "there is no network (navigator.onLine is false)");
});

Deno.test("WebGroup.join() in a hidden page waits after a failure, reports it, and joins later", () => {
  const network = new SimNetwork({ seed: 1 });
  network.signaling.stop();
  const machine = network.world.addMachine("page");
  machine.setPageStatus({ online: true, visible: false });
  const program = new Program(machine, true);
  program.group.join("key");
  network.run(20_000);
  expect(program.errors.at(-1)).toContain("Cannot join yet: the page is hidden");
  expect(program.group.state).toBe(WebGroupState.JOINING);
  network.signaling.start();
  machine.setPageStatus({ online: true, visible: true });
  network.run(1_000);
  expect(program.group.state).toBe(WebGroupState.JOINED);
});

Deno.test("WebGroup.join() reports a member to which it cannot connect, with the capabilities of both", () => {
  const network = new SimNetwork({ seed: 1 });
  const hermit = network.add("hermit", { rtc: false });
  hermit.group.join("key");
  network.run(2_000);
  const machine = network.world.addMachine("page");
  expectTold(
    network,
    machine,
    `Cannot reach member ${hermit.group.myId}: all transports failed ` +
      "(this side: WebRTC, opens WebSockets; the other side: no WebRTC, opens WebSockets)",
  );
});

Deno.test("WebGroup.join() warns of each cause once, and again after it has joined", () => {
  const network = new SimNetwork({ seed: 1 });
  network.signaling.stop();
  const program = new Program(network.world.addMachine("page"));
  program.group.join("key");
  network.run(60_000);
  expect(program.warnings.length).toBe(1);
  network.signaling.start();
  network.run(60_000);
  expect(program.group.state).toBe(1);
  network.signaling.stop();
  network.run(10_000);
  expect(program.warnings.length).toBeGreaterThan(1);
});

Deno.test("WebGroup.send() reports a member that accepts no data, once", () => {
  const network = new SimNetwork({ seed: 1 });
  const program = new Program(network.world.addMachine("page"), true);
  const silent = network.add("silent");
  for (const group of [program.group, silent.group]) group.join("key");
  network.run(5_000);
  silent.machine.crash();
  program.group.send("x".repeat(10));
  network.run(WITHIN_MS);
  expect(program.errors).toEqual([]);
  for (let count = 0; count < 20; count++) program.group.send("x".repeat(50_000));
  network.run(WITHIN_MS);
  expect(program.errors).toEqual([
    `Cannot send to member ${silent.group.myId} yet: it has acknowledged nothing for 4 s, and is ` +
    "removed after 30 s",
  ]);
  network.run(15_000);
  expect(program.errors.filter((text) => text.includes("acknowledged")).length).toBe(1);
});
