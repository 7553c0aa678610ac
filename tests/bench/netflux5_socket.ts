// Two members over a WebSocket: the second one has no WebRTC, and invites the first one, a bot, to
// its group.

import { Bot } from "../../bot.ts";
import { WebGroup } from "../../mod.ts";
import { BULK_MESSAGE_BYTES, type Meeting, type Member, type MemberSink } from "./member.ts";
import { memberOf, optionsOf, SENDS_MAX } from "./netflux5.ts";

export async function netflux5Socket(meeting: Meeting, sink: MemberSink): Promise<Member> {
  const options = optionsOf(meeting);
  if (meeting.index > 0) {
    const group = new WebGroup(options);
    const member = memberOf(group, sink);
    await group.join(meeting.key);
    await group.invite(`ws://127.0.0.1:${meeting.port}`);
    return member;
  }
  const { signalingServer = "" } = options;
  const bot = new Bot({ signalingServer, webGroupOptions: options });
  let member: Member | undefined;
  bot.onWebGroup = (group) => member = memberOf(group, sink);
  await bot.listen({ hostname: "127.0.0.1", port: meeting.port });
  return {
    bulkBytes: BULK_MESSAGE_BYTES,
    sendsMax: SENDS_MAX,
    peers: () => member?.peers() ?? [],
    direct: () => member?.direct() ?? 0,
    send: (data, peer) => member?.send(data, peer),
  };
}
