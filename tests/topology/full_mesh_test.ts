import { expect } from "expect";
import type { MemberId } from "../../src/base/ids.ts";
import { RECENT_LEAVER_MS } from "../../src/base/limits.ts";
import { FullMesh } from "../../src/topology/full_mesh.ts";
import type { Channel, ChannelSink } from "../../src/transport/channel.ts";
import { decodeEnvelope, encodeEnvelope, Service } from "../../src/wire/envelope.ts";
import { encodeMeshMessage } from "../../src/wire/mesh_message.ts";
import { id } from "./mesh_rig.ts";

const ME = id(10);

/** An open channel that records the sent frames. */
class PlayedChannel implements Channel {
  readonly kind = "rtc";
  readonly bufferedAmount = 0;
  readonly sent: Uint8Array[] = [];
  #sink: ChannelSink | undefined;

  listen(sink: ChannelSink): void {
    this.#sink = sink;
  }

  send(frame: Uint8Array): void {
    this.sent.push(frame);
  }

  close(): void {}
  abort(): void {}

  receive(
    sender: number,
    recipient: number,
    content: Uint8Array,
    service: number = Service.SESSION,
  ): void {
    this.#sink?.received(encodeEnvelope({
      sender: id(sender),
      recipient: id(recipient),
      service,
      content,
      hopLimit: 3,
    }));
  }
}

/** Member 10 with neighbors 1 and 2, and 3 behind 1. */
class Mesh {
  now = 0;
  readonly rerouted: MemberId[] = [];
  readonly received: [sender: MemberId, content: Uint8Array][] = [];
  readonly channels = [new PlayedChannel(), new PlayedChannel()] as const;
  readonly mesh = new FullMesh(ME, {
    clock: { now: () => this.now },
    graceMs: 30_000,
    trace: { traces: () => false, note: () => {} },
    post: (turn) => turn(),
  }, {
    phaseChanged: () => {},
    memberJoined: () => {},
    protocolLearned: () => {},
    memberLeft: () => {},
    rerouted: (member) => this.rerouted.push(member),
    awayChanged: () => {},
    partitioned: () => {},
    channelWanted: () => {},
    received: (sender, _service, content) => this.received.push([sender, content]),
  });

  constructor() {
    for (const [index, channel] of this.channels.entries()) {
      const member = id(index + 1);
      this.mesh.addChannel(member, channel, "v5");
    }
    this.channels[0].receive(3, ME, new Uint8Array(1));
    this.mesh.channelRequested(id(3), [id(1)], "v5");
    this.mesh.router.linkTo(id(3), () => undefined).requestFrames();
  }
}

Deno.test("FullMesh reroutes nothing for a relayed frame on the same route", () => {
  const { channels, mesh, received, rerouted } = new Mesh();
  for (let frame = 0; frame < 3; frame++) channels[0].receive(3, ME, Uint8Array.of(frame));
  expect({ rerouted, via: mesh.nextHopTo(id(3)) }).toEqual({ rerouted: [], via: 1 });
  expect(received.slice(1)).toEqual([0, 1, 2].map((frame) => [id(3), Uint8Array.of(frame)]));
});

Deno.test("FullMesh reroutes a member over another relay when its relay is gone", () => {
  const { channels, mesh, rerouted } = new Mesh();
  mesh.evict(id(1));
  expect(rerouted).toEqual([3]);
  channels[1].receive(3, ME, new Uint8Array(1));
  expect(mesh.nextHopTo(id(3))).toBe(2);
});

Deno.test("FullMesh forwards a frame for another member, and decrements its hop limit", () => {
  const { channels, received } = new Mesh();
  channels[1].sent.length = 0;
  channels[0].receive(1, 2, Uint8Array.of(7));
  const { sender, recipient, hopLimit, content } = decodeEnvelope(channels[1].sent[0]!);
  expect({ sender, recipient, hopLimit: hopLimit, content }).toEqual({
    sender: 1,
    recipient: 2,
    hopLimit: 2,
    content: Uint8Array.of(7),
  });
  expect(received.length).toBe(1);
});

Deno.test("FullMesh.recentLeavers are the members that left recently, and have not rejoined", () => {
  const rig = new Mesh();
  const { mesh } = rig;
  const leave = encodeMeshMessage({ type: "leave" });
  rig.channels[0].receive(1, ME, leave, Service.FULL_MESH);
  rig.now = 1_000;
  rig.channels[1].receive(2, ME, leave, Service.FULL_MESH);
  rig.now = RECENT_LEAVER_MS - 1;
  expect(mesh.recentLeavers).toEqual([1, 2]);
  rig.now++;
  expect(mesh.recentLeavers).toEqual([2]);
  mesh.addChannel(id(2), new PlayedChannel(), "unknown");
  expect(mesh.recentLeavers).toEqual([]);
});
