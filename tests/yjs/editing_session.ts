import { expect } from "expect";
import { applyUpdate, Doc, encodeSnapshot, encodeStateAsUpdate, snapshot } from "yjs";
import { compare } from "yjs/testHelper";
import type { WebGroup } from "../../mod.ts";
import { WebGroupState } from "../../src/group/state.ts";
import { WebGroupProvider } from "../../src/yjs/yjs.ts";
import type { PartitionDirection } from "../../src/testing/netem.ts";
import { SimNetwork, type SimPeer } from "../sim/sim_network.ts";
import { fc } from "../support/fast_check.ts";
import { anyEdit, type Edit, makeEdit } from "./edits.ts";

/** `who` is the number of a member, modulo their count. */
export type Step =
  | { readonly type: "edit"; readonly who: number; readonly edit: Edit }
  | { readonly type: "wait"; readonly ms: number }
  /** All channels of a member break, or one becomes silent. */
  | { readonly type: "cut" | "blackhole"; readonly who: number }
  | {
    readonly type: "partition";
    readonly who: number;
    readonly way: PartitionDirection;
    readonly ms: number;
  }
  | { readonly type: "sleep"; readonly who: number; readonly ms: number }
  | { readonly type: "readSlowly" | "delay"; readonly who: number; readonly ms: number }
  /** The process of a member dies, and another one joins, with or without the saved document. */
  | { readonly type: "crash"; readonly who: number; readonly keeps: boolean }
  | { readonly type: "leave" | "join"; readonly who: number }
  | { readonly type: "disconnect" | "connect" | "remount"; readonly who: number }
  | Signaled;

type Signaled = { readonly type: "stopSignaling" | "startSignaling" };

export interface Session {
  readonly seed: number;
  readonly members: number;
  /** Whether the first two cannot connect: others relay between them. */
  readonly blocked: boolean;
  readonly steps: readonly Step[];
}

const who = fc.nat(3);
const ms = fc.integer({ min: 100, max: 40_000 });

function step<Type extends Step["type"], Rest>(
  type: Type,
  rest: { [Name in keyof Rest]: fc.Arbitrary<Rest[Name]> },
): fc.Arbitrary<Rest & { readonly type: Type }> {
  return fc.record(rest).map((rest) => ({ ...rest, type }));
}

const way = fc.constantFrom("both" as const, "out" as const, "in" as const);

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 24, arbitrary: step("edit", { who, edit: anyEdit }) },
  { weight: 8, arbitrary: step("wait", { ms: fc.nat(3_000) }) },
  { weight: 1, arbitrary: step("wait", { ms }) },
  step("cut", { who }),
  step("blackhole", { who }),
  step("partition", { who, way, ms }),
  step("sleep", { who, ms }),
  step("readSlowly", { who, ms }),
  step("delay", { who, ms }),
  step("crash", { who, keeps: fc.boolean() }),
  step("leave", { who }),
  step("join", { who }),
  step("disconnect", { who }),
  step("connect", { who }),
  step("remount", { who }),
  step("stopSignaling", {}),
  step("startSignaling", {}),
);

export const anySession: fc.Arbitrary<Session> = fc.record({
  seed: fc.nat(1_000_000),
  members: fc.integer({ min: 2, max: 4 }),
  blocked: fc.boolean(),
  steps: fc.array(anyStep, { maxLength: 60, size: "max" }),
});

/** The document of one member in its present process. */
interface Editor {
  peer: SimPeer;
  doc: Doc;
  provider: WebGroupProvider;
  updates: Uint8Array[];
}

/** Breaks a provider of a session, to show that the check notices it. */
export type Sabotage = (group: WebGroup) => void;

const KEY = "key";
/** All parts merge within 30 s, and attempts to connect back off for up to 45 s. */
const CONVERGED_MS = 120_000;
/** Promises settle between events that are further apart than this. */
const STEP_MS = 5;
const SLOW_BYTES_PER_MS = 5;
const DELAY_MS = 1_000;

/** Rejects if the documents are not equal in time. */
export async function converges(session: Session, sabotage: Sabotage = () => {}): Promise<void> {
  const editing = new Editing(session, sabotage);
  try {
    await editing.pass(5_000);
    for (const step of session.steps) {
      editing.make(step);
      await editing.pass(step.type === "wait" ? step.ms : 1);
    }
    await editing.heal();
    editing.compare();
  } finally {
    await editing.end();
  }
}

class Editing {
  readonly #network: SimNetwork;
  readonly #sabotage: Sabotage;
  readonly #editors: Editor[] = [];
  /** Includes providers of processes that died. */
  readonly #providers: WebGroupProvider[] = [];
  #processes = 0;

  constructor({ blocked, members, seed }: Session, sabotage: Sabotage) {
    const pair = ["process 0", "process 1"];
    const canConnect = (a: string, b: string) =>
      !blocked || members < 3 || !(pair.includes(a) && pair.includes(b));
    this.#network = new SimNetwork({ seed, canConnect });
    this.#sabotage = sabotage;
    for (let index = 0; index < members; index++) this.#editors.push(this.#start(new Doc()));
  }

  /** A new process of a member, with a document. */
  #start(doc: Doc): Editor {
    const peer = this.#network.add(`process ${this.#processes++}`);
    this.#sabotage(peer.group);
    const updates = [encodeStateAsUpdate(doc)];
    doc.on("update", (update: Uint8Array) => updates.push(update));
    const provider = new WebGroupProvider(peer.group, doc);
    this.#providers.push(provider);
    join(peer.group);
    return { peer, doc, provider, updates };
  }

  /** Promises settle between steps of virtual time. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= STEP_MS) {
      this.#network.run(Math.min(left, STEP_MS));
      for (let depth = 0; depth < 8; depth++) await Promise.resolve();
    }
  }

  make(step: Step): void {
    const { signaling } = this.#network;
    if (step.type === "wait") return;
    if ("who" in step) this.#makeFor(this.#editors[step.who % this.#editors.length]!, step);
    else if (step.type === "stopSignaling") signaling.stop();
    else signaling.start();
  }

  #makeFor(editor: Editor, step: Exclude<Step, Signaled | { readonly type: "wait" }>): void {
    const { doc, peer: { group, machine }, provider } = editor;
    const { netem } = this.#network.world;
    switch (step.type) {
      case "edit":
        return makeEdit(doc, step.edit);
      case "cut":
        for (const channel of machine.open) channel.cut();
        return;
      case "blackhole":
        return machine.open.find(({ kind }) => kind === "rtc")?.die();
      case "partition":
        return netem.partition([machine.name], step.ms, { way: step.way });
      case "sleep":
        return netem.sleep(machine.name, step.ms);
      case "readSlowly":
        return netem.readSlowly(machine.name, SLOW_BYTES_PER_MS, step.ms);
      case "delay":
        return netem.delay(machine.name, DELAY_MS, step.ms);
      case "crash": {
        machine.crash("reset");
        const kept = new Doc();
        if (step.keeps) applyUpdate(kept, encodeStateAsUpdate(doc));
        Object.assign(editor, this.#start(kept));
        return;
      }
      case "leave":
        return void group.leave();
      case "join":
        return join(group);
      case "disconnect":
        return void provider.disconnect();
      case "connect":
        return provider.connect();
      case "remount":
        provider.destroy();
        editor.provider = new WebGroupProvider(group, doc);
        this.#providers.push(editor.provider);
    }
  }

  /** Ends all faults, and waits until all documents are equal. */
  async heal(): Promise<void> {
    const { signaling, world: { clock, netem } } = this.#network;
    netem.clear();
    signaling.start();
    for (const { peer: { group }, provider } of this.#editors) {
      join(group);
      provider.connect();
    }
    const end = clock.now() + CONVERGED_MS;
    while (!this.#isOne) {
      if (clock.now() > end) throw new Error(`Not the same after ${CONVERGED_MS} ms: ${this}`);
      // As a program does, rejoins groups that failed to join.
      for (const { peer: { group } } of this.#editors) join(group);
      await this.pass(100);
    }
  }

  get #isOne(): boolean {
    const [first, ...others] = this.#editors.map(({ doc }) => encodeSnapshot(snapshot(doc)).join());
    const isIn = ({ peer: { group }, provider }: Editor) =>
      provider.synced && provider.connected && group.members.length === this.#editors.length;
    return this.#editors.every(isIn) && others.every((other) => other === first);
  }

  /** The comparison of Yjs's own tests: contents, structs, and all updates merged. */
  compare(): void {
    const docs = this.#editors.map(({ doc }) => doc);
    // It allows no edit that follows on one that was lost with its author; all have to keep that.
    if (docs.some(({ store }) => (store.pendingDs ?? store.pendingStructs) !== null)) {
      const [first, ...others] = docs.map((doc) => encodeStateAsUpdate(doc));
      for (const other of others) expect(other).toEqual(first);
      return;
    }
    const users = this.#editors.map(({ doc, updates }) =>
      Object.assign(doc, { connect() {}, tc: { flushAllMessages: () => false }, updates })
    );
    // It uses only this part of the declared class.
    compare(users as unknown as Parameters<typeof compare>[0]);
  }

  async end(): Promise<void> {
    for (const provider of this.#providers) await provider.destroy();
  }

  toString(): string {
    return this.#editors.map(({ doc, peer: { group }, provider }) =>
      JSON.stringify({
        state: WebGroupState[group.state],
        members: group.members.length,
        synced: provider.synced,
        connected: provider.connected,
        map: doc.getMap("map").toJSON(),
        array: doc.getArray("array").length,
        text: doc.getText("text").length,
        missing: doc.store.pendingStructs !== null,
      })
    ).join("\n");
  }
}

function join(group: WebGroup): void {
  // It may be left before it has joined.
  if (group.state === WebGroupState.LEFT) group.join(KEY).catch(() => {});
}
