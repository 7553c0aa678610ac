/**
 * Defects to plant in a copy of the code, one at a time: the simulator has to find each.
 *
 * Those with a number are the weaknesses of deployed peers (docs/PROTOCOL.md, "Known weaknesses")
 * that this code could have. The others break one mechanism each.
 *
 * @module
 */

/** A piece of the code, and what stands there instead. */
export interface Edit {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** One defect: one edit, or two that make it together. */
export interface Defect extends Edit {
  readonly name: string;
  readonly also?: Edit;
}

/** All defects. */
export const DEFECTS: readonly Defect[] = [
  {
    name: "W1: the server is content with one common member",
    file: "src/sigver/room.ts",
    from: "nowMs - member.sinceMs > SPLIT_AFTER_MS;",
    to: "nowMs - member.sinceMs > Infinity;",
  },
  {
    name: "W2: nobody asks the server from time to time",
    file: "src/group/lifecycle.ts",
    from: "if (asks) this.#check();",
    to: "if (asks && this.#now < 0) this.#check();",
  },
  {
    name: "W4: whoever asks twice has a lone member closed",
    file: "src/sigver/room.ts",
    from: "return nowMs - this.#aliveMs(connection, nowMs) > SIGVER_SILENCE_MS;",
    to: "return nowMs - this.#aliveMs(connection, nowMs) > -1;",
  },
  {
    name: "W6: a relay passes on whatever comes, wherever it came from",
    file: "src/topology/next_hop.ts",
    from: `  if (left < 1) return { type: "drop", reason: "it was relayed too often" };
  const hop = nextHop(mesh, to);
  if (hop === undefined) return { type: "drop", reason: \`no way to member \${to}\` };
  if (hop === from) return { type: "drop", reason: "it would go back where it came from" };
  if (hop !== to && left < 2) return { type: "drop", reason: "it was relayed too often" };
  return { type: "forward", to: hop, hopLimit: left - 1 };`,
    to: `  const hop = nextHop(mesh, to);
  if (hop === undefined) return { type: "drop", reason: \`no way to member \${to}\` };
  return { type: "forward", to: hop, hopLimit: Math.max(left, 1) };`,
  },
  {
    name: "W7: messages are taken as they come, whichever way they took",
    file: "src/session/receive_buffer.ts",
    from: "const duplicates = (this.#nextSeq - seq) | 0;",
    to: "const duplicates = Math.max(0, (this.#nextSeq - seq) | 0);",
  },
  {
    name: "W8: what was put together is kept, and the next message lost",
    file: "src/session/receive_buffer.ts",
    from: `    this.#partial = undefined;
    const whole = content.toBytes();`,
    to: "    const whole = content.toBytes();",
  },
  {
    name: "W11: heartbeats wait behind data, and data is no sign of life",
    file: "src/link/neighbor.ts",
    from: "this.heardAt = link.heardAt = clock.now();",
    to: "if (frame.length < 32) this.heardAt = link.heardAt = clock.now();",
    also: {
      file: "src/link/send_queue.ts",
      from:
        "const frame = this.#control.shift() ?? this.#shift(this.#urgent) ?? this.#pollSources();",
      to:
        "const frame = this.#pollSources() ?? this.#control.shift() ?? this.#shift(this.#urgent);",
    },
  },
  {
    name: "W12: of two attempts that cross both end",
    file: "src/negotiation/negotiator.ts",
    from: "if (current?.winsCrossing) return;",
    to: `if (current?.role === "initiator" && from.via === "group") return current.cancel();`,
  },
  {
    name: "W13: a finished attempt stays",
    file: "src/negotiation/attempt.ts",
    from: `      this.#end();
      this.#events.connected(channel);`,
    to: "      this.#events.connected(channel);",
  },
  {
    name: "W15: who has no channel yet is no member",
    file: "src/topology/full_mesh.ts",
    from: "if (isKnown) learn(mesh, member, { protocol }, now);",
    to: "if (!isKnown) learn(mesh, mesh.me, { protocol }, now);",
    also: {
      file: "src/topology/membership.ts",
      from: "    const member = add(mesh, id, news, now);\n    if (member !== undefined) added",
      to:
        "    const member = id < 0 ? add(mesh, id, news, now) : undefined;\n    if (member) added",
    },
  },
  {
    name: "W17: an id that is taken is not noticed",
    file: "src/group/group_entry.ts",
    from:
      `return ping.member === me || (isAlone && ping.members.includes(me)) ? "idTaken" : "join";`,
    to: `return isAlone && ping.member < 0 ? "idTaken" : "join";`,
    also: {
      file: "src/group/group_entry.ts",
      from: "if (!mesh.members.includes(joiner)) return true;",
      to: "if (joiner > 0) return true;",
    },
  },
  {
    name: "W19: an attempt over signaling that fails ends all others",
    file: "src/negotiation/negotiator.ts",
    from: "failed: (error) => this.#events.failed(route, error),",
    to: `failed: (error) => {
        if (route.via === "signaling") this.cancelAll();
        if (role === "initiator" || route.via === "group") this.#events.failed(route, error);
      },`,
    also: {
      file: "src/negotiation/attempt.ts",
      from: `if (this.role === "passive" && via === "signaling") return;`,
      to: "",
    },
  },
  {
    name: "W20: a group that was left comes back when its page is seen",
    file: "src/group/lifecycle.ts",
    from: `    this.#decide(leaveCalled);
    this.#rejoinable = false;`,
    to: "    this.#decide(leaveCalled);",
    also: {
      file: "src/group/peer.ts",
      from: `        this.#lifecycle.leave();
        this.#page.stop();`,
      to: "        this.#lifecycle.leave();",
    },
  },
  {
    name: "who crashed is never taken for gone",
    file: "src/topology/failure_detector.ts",
    from: "if (slept(at) && !suspicion.reprobed) {",
    to: "if (at.now > 0) {",
  },
  {
    name: "a member is taken for gone after one missing heartbeat",
    file: "src/topology/failure_detector.ts",
    from: "if (!slept(at) && at.now - last <= SUSPECT_AFTER_MS) return;",
    to: "if (!slept(at) && at.now - last <= 3_500) return;",
    also: {
      file: "src/base/limits.ts",
      from: "export const DEAD_AFTER_MS = 11_500;",
      to: "export const DEAD_AFTER_MS = 5_500;",
    },
  },
  {
    name: "a channel that died without a word is kept",
    file: "src/topology/failure_detector.ts",
    from: `const channelLives = member.link === "distant" ||`,
    to: `const channelLives = member.link !== undefined ||`,
  },
  {
    name: "distant members get no heartbeat",
    file: "src/topology/failure_detector.ts",
    from: "for (const member of mesh.distant) mesh.output.send(",
    to: "for (const member of mesh.distant.slice(0, 0)) mesh.output.send(",
  },
  {
    name: "goodbye is not believed",
    file: "src/topology/gossip.ts",
    from: `      left(mesh, id, now);
      if (sender.link === "neighbor") mesh.output.closeNeighbor(id);`,
    to: "      if (id < 0) left(mesh, id, now);",
  },
  {
    name: "nothing is relayed",
    file: "src/topology/router.ts",
    from: "if (neighbor?.sendRelayed(relayed, isUrgent(envelope))) return;",
    to: "if (neighbor !== undefined) return;",
  },
  {
    name: "what was relayed is relayed twice",
    file: "src/topology/router.ts",
    from: "if (neighbor?.sendRelayed(relayed, isUrgent(envelope))) return;",
    to: `neighbor?.sendRelayed(relayed, isUrgent(envelope));
        if (neighbor?.sendRelayed(relayed, isUrgent(envelope))) return;`,
  },
  {
    name: "a member that is known joins again",
    file: "src/topology/membership.ts",
    from: "  mesh.routesChanged = true;\n  if (known.protocol !== before)",
    to: `  if (news.adjacent) mesh.output.memberJoined(known.id, known.protocol);
  mesh.routesChanged = true;
  if (known.protocol !== before)`,
  },
  {
    name: "that a member left is not told when it was not a neighbor",
    file: "src/topology/membership.ts",
    from: "reportLeft(mesh, member, reason, mesh.members.size > 0);",
    to: `if (member.link === "neighbor") {
    reportLeft(mesh, member, reason, mesh.members.size > 0);
  }`,
  },
  {
    name: "nobody tells newcomers of each other",
    file: "src/topology/gossip.ts",
    from: ".filter((member) => member.newcomerUntil > now);",
    to: ".filter(() => now < 0);",
  },
  {
    name: "a host does not let a member back in that it still lists",
    file: "src/group/group_entry.ts",
    from: "return known === undefined || known === epoch || !mesh.isAlive(joiner);",
    to: "return known === epoch && joiner < 0;",
  },
  {
    name: "two that have met meanwhile enter through each other all the same",
    file: "src/group/group_entry.ts",
    from: `if (mesh.hears(ping.member)) return "alreadyConnected";`,
    to: "",
  },
  {
    name: "what was lost on the way is not sent again",
    file: "src/session/send_buffer.ts",
    from: `    this.#chunksInFlight = 0;
    this.#bytesInFlight = 0;`,
    to: "    this.#bytesInFlight = 0;",
  },
  {
    name: "what comes twice is taken twice",
    file: "src/session/receive_buffer.ts",
    from: "chunks.slice(duplicates)",
    to: "chunks",
  },
  {
    name: "what is acknowledged has not come yet",
    file: "src/session/receive_buffer.ts",
    from: "return { ack: this.#nextSeq, nack: this.#hasGap };",
    to: "return { ack: this.#nextSeq + (this.#hasGap ? 1 : 0), nack: this.#hasGap };",
  },
  {
    name: "a member that begins anew is not told to the program",
    file: "src/session/session.ts",
    from: `if (newer > 0 && this.#established) return "superseded";`,
    to: "",
  },
  {
    name: "nothing is acknowledged",
    file: "src/session/receive_buffer.ts",
    from: "this.#ackDeadline ??= now + ACK_DELAY_MS;",
    to: "this.#ackDeadline = undefined;",
  },
  {
    name: "streams go before messages, always",
    file: "src/session/send_buffer.ts",
    from: `this.#nextSource = this.#nextSource === "messages" ? "streams" : "messages";`,
    to: `this.#nextSource = "streams";`,
  },
  {
    name: "who writes to a member that left is not told",
    file: "src/session/stream_mux.ts",
    from: `    this.failSendStreams(error);
    for (const receiveStream of`,
    to: "    for (const receiveStream of",
  },
  {
    name: "a stream ends when its end has come, read or not",
    file: "src/session/receive_stream.ts",
    from: `if (this.#phase !== "ended" || this.#chunks.size > 0) return;`,
    to: `if (this.#phase !== "ended") return;`,
  },
  {
    name: "more of a stream is allowed as it comes, not as it is read",
    file: "src/session/receive_stream.ts",
    from: "    this.#chunks.push(content);",
    to: `    this.#chunks.push(content);
    this.#grantCredit(cost);`,
  },
  {
    name: "what leaves of a stream is its writer's buffer still",
    file: "src/session/send_stream.ts",
    from: "const content = rest.slice(0, limit);",
    to: "const content = rest.subarray(0, limit);",
  },
  {
    name: "a stream is closed as its end leaves",
    file: "src/session/send_stream.ts",
    from: `      this.#phase = "ended";
      return {`,
    to: `      this.#phase = "ended";
      this.#onEndAcked();
      return {`,
  },
  {
    name: "streams are taken by the thousand",
    file: "src/session/stream_mux.ts",
    from: "if (this.#receiveStreams.size >= STREAMS_MAX) {",
    to: "if (this.#receiveStreams.size >= Infinity) {",
  },
  {
    name: "an attempt has no time limit",
    file: "src/negotiation/attempt.ts",
    from: "if (due.length > 0) this.#trace",
    to: "if (due.length < 0) this.#trace",
  },
  {
    name: "an attempt that failed is not made again",
    file: "src/topology/direct_connect.ts",
    from: "const wait = REDIAL_BACKOFF_MS[Math.min(failures, REDIAL_BACKOFF_MS.length - 1)] ?? 0;",
    to: "const wait = failures < 0 ? REDIAL_BACKOFF_MS[0] : 1e9;",
  },
  {
    name: "a lost server is called again at once, and again",
    file: "src/group/lifecycle.ts",
    from: "if (this.#connectFailures === 0) this.#connectNow();",
    to: "if (this.#connectFailures >= 0) this.#connectNow();",
  },
  {
    name: "the server's questions get no answer",
    file: "src/signaling/client.ts",
    from: `if (connection.keepaliveMs !== undefined) this.#transmit({ type: "heartbeat" });`,
    to: "",
  },
  {
    name: "behind a balancer nobody asks over a new connection",
    file: "src/signaling/client.ts",
    from: "if (this.#needsNewConnection(connection, members)) this.#dial(this.#server);",
    to: "if (members.length < 0) this.#dial(this.#server);",
  },
  {
    name: "the server keeps who is gone",
    file: "src/sigver/room.ts",
    from: `  #remove(connection: ConnectionId): readonly RoomEffect[] {
    this.#resign(connection);`,
    to: `  #remove(connection: ConnectionId): readonly RoomEffect[] {
    if (this.#clients.size < 0) this.#resign(connection);`,
  },
  {
    name: "who leaves keeps its timers",
    file: "src/group/lifecycle.ts",
    from: `    this.#timers.clear();
    this.#act("clean");
    this.#act("closeSignaling");
    this.#setPhase("LEFT");`,
    to: `    this.#act("clean");
    this.#act("closeSignaling");
    this.#setPhase("LEFT");`,
  },
  {
    name: "who leaves goes on looking at its page",
    file: "src/group/peer.ts",
    from: `        this.#lifecycle.leave();
        this.#page.stop();`,
    to: "        this.#lifecycle.leave();",
  },
  {
    name: "leave() does not wait until what was sent is acknowledged",
    file: "src/group/overlay.ts",
    from: "if (undrained.size === 0) return this.#stop();",
    to: "if (undrained.size >= 0) return this.#stop();",
    also: {
      file: "src/group/overlay.ts",
      from: `    this.messaging.flushUnlimited();
    this.mesh.stop(this.#closed);`,
      to: "    this.mesh.stop(this.#closed);",
    },
  },
  {
    name: "memberleave reports no unacknowledged messages",
    file: "src/group/messaging.ts",
    from: "const unacknowledged = association?.end() ?? 0;",
    to: "const unacknowledged = 0 * (association?.end() ?? 0);",
  },
  {
    name: "a closed session leaves no final acknowledgement",
    file: "src/session/association.ts",
    from: "return this.#session.finalAck();",
    to: "return undefined;",
  },
  {
    name: "a frame of an older epoch ends a session",
    file: "src/session/session.ts",
    from: `if (newer > 0 && this.#established) return "superseded";`,
    to: `if (newer !== 0 && this.#established) return "isOver";`,
  },
  {
    name: "send() does not settle when the member leaves",
    file: "src/session/backlog.ts",
    from: `for (const { done } of this.#pending.drain()) done?.("gone");`,
    to: "this.#pending.drain();",
  },
  {
    name: "a member that acknowledges nothing is never let go",
    file: "src/topology/full_mesh.ts",
    from: "if (!this.reachable.includes(member)) return;",
    to: "if (member > 0) return;",
  },
  {
    name: "a leave frame overtakes the data that waits",
    file: "src/link/send_queue.ts",
    from: `    this.flush();
    this.#bytesGiven += frame.length;`,
    to: "    this.#bytesGiven += frame.length;",
  },
  {
    name: "the channel of a neighbor is closed before the data that waits",
    file: "src/link/neighbor.ts",
    from: `      sendQueue.flush();
      sendQueue.close();`,
    to: "      sendQueue.close();",
  },
  {
    name: "a page that goes away announces nothing",
    file: "src/group/page_subscription.ts",
    from: "pageHide.subscribe((how) => this.#events.pageHidden(how)),",
    to: "pageHide.subscribe(() => {}),",
  },
  {
    name: "a page that goes away sends no leave frames",
    file: "src/topology/full_mesh.ts",
    from: `    this.router.sendLeave([...this.#mesh.members.keys()]);
    for (const neighbor`,
    to: "    for (const neighbor",
  },
  {
    name: "of two channels, one that died without a word is kept",
    file: "src/link/neighbor.ts",
    from: "if (now - this.heardAt > DEAD_AFTER_MS) return;",
    to: "if (now > 0) return;",
  },
];
