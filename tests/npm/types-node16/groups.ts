import {
  ConnectionError,
  type DataType,
  DeliveryError,
  GroupErrorEvent,
  GroupMessageEvent,
  GroupStreamEvent,
  type JoinOptions,
  LogLevel,
  MemberChangeEvent,
  MemberEvent,
  type MemberStats,
  NetfluxError,
  type RtcConfiguration,
  setLogLevel,
  SignalingError,
  SignalingState,
  StateChangeEvent,
  type StreamOptions,
  Topology,
  WebGroup,
  type WebGroupEventMap,
  type WebGroupListener,
  type WebGroupOptions,
  WebGroupState,
} from "netflux";

const rtcConfiguration: RtcConfiguration = {
  iceServers: [
    { urls: "stun:stun.example.org" },
    { urls: ["turn:turn.example.org"], username: "user", credential: "password" },
  ],
  iceTransportPolicy: "relay",
};

export const options: WebGroupOptions = {
  topology: Topology.FULL_MESH,
  signalingServer: "wss://signaling.example.org",
  token: async (key: string) => await Promise.resolve(key),
  rtcConfiguration,
  autoRejoin: false,
};

/** With exactOptionalPropertyTypes, `undefined` still counts as left out. */
export const left: WebGroupOptions = {
  topology: undefined,
  signalingServer: undefined,
  token: undefined,
  rtcConfiguration: { iceServers: undefined, iceTransportPolicy: undefined },
  autoRejoin: undefined,
  graceTime: undefined,
  maxMessageSize: undefined,
};

export function watch(group: WebGroup): string[] {
  const seen: string[] = [];
  group.onMyId = (id: number) => seen.push(id.toFixed());
  group.onMessage = (id: number, data: string | Uint8Array) => seen.push(`${id}: ${data.length}`);
  group.onMemberJoin = (id: number) => seen.push(id.toFixed());
  group.onMemberLeave = null;
  group.onStateChange = (state) => seen.push(WebGroupState[state]);
  group.onSignalingStateChange = (state) => seen.push(SignalingState[state]);
  group.onError = (error) => seen.push(kindOf(error));
  const { signal } = new AbortController();
  group.addEventListener("message", ({ sender, data }) => {
    const text: string = typeof data === "string" ? data : new TextDecoder().decode(data);
    seen.push(`${sender.toFixed()}: ${text}`);
  }, { once: true, signal });
  group.addEventListener("memberjoin", (event: MemberEvent) => seen.push(event.member.toFixed()));
  group.addEventListener("memberleave", {
    handleEvent: ({ member }) => void seen.push(`${member}`),
  });
  group.addEventListener("statechange", ({ state }) => state === WebGroupState.JOINED);
  group.addEventListener("signalingstatechange", ({ state }) => seen.push(SignalingState[state]));
  group.addEventListener("error", ({ error }) => seen.push(kindOf(error)));
  group.addEventListener("stream", ({ sender, name, size, mediaType, readable }) => {
    const options: StreamOptions = { name, size, type: mediaType, signal: undefined };
    void readable.pipeTo(group.openStream(sender, options));
  });
  const listener: WebGroupListener<"message"> = (event) => seen.push(typeof event.data);
  group.removeEventListener("message", listener);
  return seen;
}

export async function use(group: WebGroup, data: DataType): Promise<MemberStats[]> {
  const joining: JoinOptions = { signal: AbortSignal.timeout(1000) };
  await group.join("a key", joining);
  await group.join();
  await group.invite(new URL("wss://bot.example.org"));
  await group.send(data);
  for (const id of group.neighbors) await group.sendTo(id, new Uint8Array(3));
  const members: readonly number[] = group.members.filter((id): boolean => !group.isAway(id));
  const state: WebGroupState = group.state;
  const signaling: SignalingState = group.signalingState;
  const topology: Topology = group.topology;
  const facts: [number, number, string, string] = [
    group.id,
    group.myId,
    group.key,
    group.signalingServer,
  ];
  group.autoRejoin = members.length + state + signaling + topology + facts.length > 0;
  const stats: ReadonlyMap<number, MemberStats> = await group.getStats();
  await group.leave();
  setLogLevel(LogLevel.DEBUG, LogLevel.SIGNALING);
  return [...stats.values()].filter(({ id, channel, bufferedAmount }) =>
    id > 0 && channel === "rtc" && bufferedAmount === 0
  );
}

export function kindOf(error: unknown): string {
  if (error instanceof SignalingError) {
    const code: "UNREACHABLE" | "REFUSED" | "TIMEOUT" | "CLOSED" | "NOT_SIGVER" = error.code;
    return code;
  }
  if (error instanceof ConnectionError) return error.code === "REFUSED" ? "refused" : error.code;
  if (error instanceof DeliveryError) {
    return error.code satisfies
      | "MEMBER_LEFT"
      | "TOO_LARGE"
      | "BUFFER_FULL"
      | "UNSUPPORTED"
      | "CANCELLED"
      | "ABORTED";
  }
  return error instanceof NetfluxError ? error.code : String(error);
}

export const events: {
  [Name in keyof WebGroupEventMap]: (event: WebGroupEventMap[Name]) => boolean;
} = {
  message: (event) => event instanceof GroupMessageEvent,
  stream: (event) => event instanceof GroupStreamEvent,
  myid: (event) => event instanceof MemberEvent,
  memberjoin: (event) => event instanceof MemberEvent,
  memberleave: (event) => event instanceof MemberEvent,
  memberchange: (event) => event instanceof MemberChangeEvent,
  statechange: (event) => event instanceof StateChangeEvent,
  signalingstatechange: (event) => event instanceof StateChangeEvent,
  bufferedamountlow: (event) => event instanceof Event,
  error: (event) => event instanceof GroupErrorEvent,
};
