import { expect } from "expect";
import { MESSAGE_BYTES_DEFAULT } from "../../src/base/limits.ts";
import type { DataType } from "../../src/base/data_type.ts";
import type { MemberRole } from "../../src/base/member_role.ts";
import type { PeerProtocol } from "../../src/base/peer_protocol.ts";
import type { SendOutcome } from "../../src/base/send_outcome.ts";
import { V4_FALLBACK_MS } from "../../src/base/session_limits.ts";
import { Association } from "../../src/session/association.ts";
import { OutgoingMessage } from "../../src/session/outgoing_message.ts";
import { SendStream } from "../../src/session/send_stream.ts";
import type { Chunk, SessionFrame } from "../../src/wire/session_frame.ts";
import { RESOURCES } from "./pair.ts";

class Rig {
  readonly sent: SessionFrame[] = [];
  readonly plain: number[] = [];
  readonly done: SendOutcome[] = [];
  readonly lost: number[] = [];
  readonly received: DataType[] = [];
  readonly learned: PeerProtocol[] = [];
  readonly roles: (MemberRole | undefined)[] = [];
  readonly association: Association;
  /** Each call reports that a plain message has been sent. */
  readonly handedOver: (() => void)[] = [];
  handsOver = true;
  now = 0;
  heardAt = 0;
  #epoch = 0;

  constructor(kind: PeerProtocol, before?: SessionFrame) {
    this.association = new Association(kind, {
      clock: { now: () => this.now },
      role: "page",
      roleLearned: () => this.roles.push(this.association.role),
      maxMessageSize: MESSAGE_BYTES_DEFAULT,
      nextEpoch: () => ++this.#epoch,
      sendControl: (frame) => this.sent.push(frame),
      requestFrames: () => {
        for (
          let frame = this.association?.session.nextFrame();
          frame;
          frame = this.association.session.nextFrame()
        ) this.sent.push(frame);
      },
      requestFlush: () => this.association.flush(),
      protocolLearned: (protocol) => this.learned.push(protocol),
      listed: () => {},
      channelMessageReceived: () => {},
      messageReceived: (data) => this.received.push(data),
      streamOpened: () => {},
      slow: () => {},
      stalled: () => {},
      dropped: () => {},
      heardSince: (at) => this.heardAt > at,
      sendPlain: (frames, done) => {
        this.plain.push(frames.length);
        this.handedOver.push(() => done("sent"));
        if (this.handsOver) this.handOver();
      },
      sessionLost: (unacknowledged) => this.lost.push(unacknowledged),
    }, before);
  }

  send(length: number): this {
    const message = new OutgoingMessage(new Uint8Array(length), RESOURCES);
    this.association.send(message, (became) => this.done.push(became));
    this.association.flush();
    return this;
  }

  /** A frame arrives for the present session. */
  receive(epoch: number, role?: MemberRole, chunks: readonly Chunk[] = []): this {
    const to = this.#epoch;
    this.association.receive({
      epoch,
      peerEpoch: to,
      syn: false,
      ack: 0,
      nack: false,
      role,
      seq: 0,
      chunks,
    });
    return this;
  }

  handOver(): void {
    for (const done of this.handedOver.splice(0)) done();
  }

  get chunksSent(): number {
    return this.sent.reduce((sum, { chunks }) => sum + chunks.length, 0);
  }
}

Deno.test("Association sends plain messages to a deployed peer, and no session frames", () => {
  const rig = new Rig("v4").send(10).send(20_000);
  expect([rig.plain, rig.sent, rig.done]).toEqual([[1, 2], [], ["sent", "sent"]]);
});

Deno.test("Association waits for the protocol of a member", () => {
  for (const kind of ["v5", "v4"] as const) {
    const rig = new Rig("unknown").send(10).send(20);
    expect([rig.plain.length, rig.chunksSent, rig.done.length]).toEqual([0, 0, 0]);
    rig.association.setProtocol(kind);
    if (kind === "v5") rig.receive(5);
    expect([rig.plain.length, rig.chunksSent]).toEqual(kind === "v5" ? [0, 2] : [2, 0]);
    expect(rig.done).toEqual(["sent", "sent"]);
  }
});

Deno.test("Association never treats a silent member as a deployed peer", () => {
  const rig = new Rig("unknown").send(10);
  for (let time = 0; time < 60; time++) {
    rig.now = rig.association.deadline!;
    rig.association.tick(rig.now);
  }
  expect(rig.now).toBe(60 * V4_FALLBACK_MS);
  expect(rig.plain).toEqual([]);
  rig.receive(5);
  expect([rig.plain, rig.chunksSent]).toEqual([[], 1]);
});

Deno.test("Association treats a member without session frames as a deployed peer until it sends one", () => {
  const rig = new Rig("unknown").send(10);
  rig.heardAt = 1;
  rig.now = V4_FALLBACK_MS;
  expect(rig.association.deadline).toBe(rig.now);
  rig.association.tick(rig.now);
  expect(rig.plain).toEqual([1]);
  rig.receive(5).send(10);
  expect([rig.plain.length, rig.chunksSent]).toEqual([1, 1]);
  rig.association.setProtocol("v4");
  rig.send(10);
  expect([rig.plain.length, rig.chunksSent]).toEqual([1, 2]);
});

Deno.test("Association reports lost messages when the member restarts, and continues", () => {
  const rig = new Rig("v5").receive(5).send(10).send(10);
  rig.receive(6);
  expect(rig.lost).toEqual([2]);
  rig.receive(6).send(10);
  expect([rig.chunksSent, rig.association.end()]).toEqual([3, 1]);
});

Deno.test("Association reports unsent messages when the member is gone", () => {
  const rig = new Rig("unknown").send(10);
  expect([rig.association.end(), rig.done]).toEqual([1, ["MEMBER_LEFT"]]);
  const ours = new Rig("v5").send(10).receive(5).send(10);
  expect([ours.association.end(), ours.done]).toEqual([2, ["sent", "sent"]]);
});

Deno.test("Association opens waiting streams when the member is known to be v5, and none to a deployed peer", () => {
  const stream = () => {
    const errors: unknown[] = [];
    const info = { name: "", type: "", size: undefined };
    const sender = new SendStream(info, {
      failed: (error) => errors.push(error),
      closed: () => {},
    });
    return { writing: sender, errors };
  };
  const unsupported = [expect.objectContaining({ code: "UNSUPPORTED" })];
  const deployed = stream();
  new Rig("v4").association.openStream(deployed.writing);
  expect(deployed.errors).toEqual(unsupported);
  const [waits, refused] = [stream(), stream()];
  const ours = new Rig("unknown");
  ours.association.openStream(waits.writing);
  expect(ours.chunksSent).toBe(0);
  ours.receive(5);
  expect([ours.chunksSent, waits.errors]).toEqual([1, []]);
  const silent = new Rig("unknown");
  silent.association.openStream(refused.writing);
  silent.heardAt = 1;
  silent.now = V4_FALLBACK_MS;
  silent.association.tick(silent.now);
  expect(refused.errors).toEqual(unsupported);
});

Deno.test("Association repeats the final ACK of the previous session", () => {
  const first = new Rig("v5").receive(70);
  const finalAck = first.association.session.finalAck();
  expect(finalAck).toMatchObject({ epoch: 1, peerEpoch: 70, ack: 0, chunks: [] });
  const second = new Rig("v5", finalAck).receive(70);
  expect(second.sent).toContainEqual(finalAck);
  expect(second.send(1).sent.flatMap(({ chunks }) => chunks)).toEqual([]);
  expect(second.receive(71).sent.flatMap(({ chunks }) => chunks).length).toBe(1);
});

Deno.test("Association counts messages that wait in the channel to a deployed peer", () => {
  const rig = new Rig("v4");
  rig.handsOver = false;
  rig.send(100_000);
  expect(rig.association.bufferedBytes).toBe(100_000);
  rig.receive(7).send(10);
  expect(rig.association.bufferedBytes).toBeGreaterThanOrEqual(100_000);
  rig.handOver();
  expect(rig.association.bufferedBytes).toBe(0);
});

Deno.test("Association reports once the protocol that the frames of the member reveal", () => {
  const v5 = new Rig("unknown").receive(1).receive(1);
  expect(v5.learned).toEqual(["v5"]);
  const v4 = new Rig("unknown");
  v4.heardAt = 1;
  v4.now = V4_FALLBACK_MS;
  v4.association.tick(V4_FALLBACK_MS);
  expect(v4.learned).toEqual(["v4"]);
  expect(new Rig("v5").receive(1).learned).toEqual([]);
});

Deno.test("Association sends the role of this member, and reports that of the other once", () => {
  const rig = new Rig("v5");
  expect(rig.sent.map(({ syn, role }) => ({ syn, role }))).toEqual([{ syn: true, role: "page" }]);
  rig.receive(5, "bot").receive(5).receive(5, "bot");
  expect(rig.roles).toEqual(["bot"]);
});

Deno.test("Association sends no channel message to a Netflux 4 peer, and reports it as sent", () => {
  const rig = new Rig("v4");
  const message = new OutgoingMessage(new Uint8Array(10), RESOURCES, "channel");
  rig.association.send(message, (outcome) => rig.done.push(outcome));
  rig.association.flush();
  expect([rig.done, rig.plain, rig.association.bufferedBytes]).toEqual([["sent"], [], 0]);
});

Deno.test("Association that is closed receives nothing, also when the member restarts", () => {
  const rig = new Rig("v5").receive(5);
  const text: Chunk = { type: "complete", kind: "bytes", content: new Uint8Array(1) };
  rig.association.session.close();
  rig.receive(5, undefined, [text]).receive(6).receive(6, undefined, [text]);
  expect(rig.received).toEqual([]);
});

Deno.test("Association acknowledges channel messages to a deployed peer at once, as they are not sent", () => {
  for (const kind of ["v4", "unknown"] as const) {
    const rig = new Rig(kind);
    let acked = 0;
    const message = new OutgoingMessage(new Uint8Array(1), RESOURCES, "latest");
    rig.association.send(message, (became) => rig.done.push(became), () => acked++);
    rig.association.setProtocol("v4");
    expect([rig.plain, rig.done, acked]).toEqual([[], ["sent"], 1]);
  }
});
