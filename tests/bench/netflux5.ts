import type { WebGroup, WebGroupOptions } from "../../mod.ts";
import {
  BULK_MESSAGE_BYTES,
  type Join,
  type Meeting,
  type Member,
  type MemberSink,
  RTC_CONFIGURATION,
} from "./member.ts";

/** Large enough for the library to batch messages. */
export const SENDS_MAX = 256;

export function optionsOf({ signalingServer }: Meeting): WebGroupOptions {
  return { signalingServer, rtcConfiguration: RTC_CONFIGURATION };
}

export function netflux5(Group: new (options: WebGroupOptions) => WebGroup): Join {
  return async (meeting, sink) => {
    const group = new Group(optionsOf(meeting));
    const member = memberOf(group, sink);
    await group.join(meeting.key);
    return member;
  };
}

export function memberOf(group: WebGroup, sink: MemberSink): Member {
  group.onMessage = (id, data) => {
    if (typeof data !== "string") sink.received(String(id), data);
  };
  group.addEventListener("stream", ({ readable }) => sink.streamed(readable));
  group.onMemberJoin = group.onMemberLeave = () => sink.changed();
  return {
    bulkBytes: BULK_MESSAGE_BYTES,
    sendsMax: SENDS_MAX,
    peers: () => group.members.filter((id) => id !== group.myId).map(String),
    direct: () => group.neighbors.length,
    send: (data, peer) => peer === undefined ? group.send(data) : group.sendTo(Number(peer), data),
    openStream: (peer) => group.openStream(Number(peer)),
  };
}

/** Sends messages as values of a channel with this delivery. */
export function netflux5Channel(
  Group: new (options: WebGroupOptions) => WebGroup,
  delivery: "latest" | "unreliable",
): Join {
  return async (meeting, sink) => {
    const group = new Group(optionsOf(meeting));
    const channel = group.channel<Uint8Array>("position", { delivery });
    channel.onMessage = (id, data) => sink.received(String(id), data);
    const member = memberOf(group, sink);
    await group.join(meeting.key);
    return { ...member, send: (data) => channel.send(data) };
  };
}
