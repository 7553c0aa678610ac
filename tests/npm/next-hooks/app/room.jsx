"use client";

/** The members of a room, and their names. */

import { useGroup, useGroupState, useMembers, usePresence } from "netflux/react";

export default function Room({ name, room, signalingServer }) {
  const group = useGroup(room, { signalingServer, rtcConfiguration: { iceServers: [] } });
  const state = ["JOINING", "JOINED", "LEFT"][useGroupState(group)];
  const members = useMembers(group);
  const [others] = usePresence(group, { name });
  const names = [...others.values()].map(({ name }) => name).sort();
  return (
    <output id="room">{`version 1: ${state}, ${members.length} members, ${names.join()}`}</output>
  );
}
