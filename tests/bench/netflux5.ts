import type { WebGroup, WebGroupOptions } from "../../mod.ts";
import {
  BULK_MESSAGE_BYTES,
  type Join,
  type Meeting,
  type Member,
  type MemberSink,
  RTC_CONFIGURATION,
} from "./member.ts";

/** More than enough for a library to have something to put together. */
export const SENDS_MAX = 256;

/** The options of all groups that are measured. */
export function optionsOf({ signalingServer }: Meeting): WebGroupOptions {
  return { signalingServer, rtcConfiguration: RTC_CONFIGURATION };
}

/** Groups of the class that fits the runtime. */
export function netflux5(Group: new (options: WebGroupOptions) => WebGroup): Join {
  return async (meeting, sink) => {
    const group = new Group(optionsOf(meeting));
    const member = memberOf(group, sink);
    await group.join(meeting.key);
    return member;
  };
}

/** Adapts a group to a measurement. */
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

/** The same, whose messages are values of a channel of which only the latest counts. */
export function netflux5Latest(Group: new (options: WebGroupOptions) => WebGroup): Join {
  return async (meeting, sink) => {
    const group = new Group(optionsOf(meeting));
    const channel = group.channel<Uint8Array>("position", { delivery: "latest" });
    channel.onMessage = (id, data) => sink.received(String(id), data);
    const member = memberOf(group, sink);
    await group.join(meeting.key);
    return { ...member, send: (data) => channel.send(data) };
  };
}
