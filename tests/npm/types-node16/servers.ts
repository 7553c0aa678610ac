import http from "node:http";
import https from "node:https";
import {
  Bot,
  type BotOptions,
  type Handler,
  type HttpServer,
  type ListenOptions,
  webrtcUnavailable,
  type NodeServer,
  WebGroup,
} from "netflux";
import {
  createHandler,
  listen,
  type RequestHandler,
  attach,
  type Attachment,
  Sigver,
  type SigverLoad,
} from "netflux/sigver";

export async function bots(options: BotOptions): Promise<readonly string[]> {
  const signalingServer = "wss://signaling.example.org";
  const plain = new Bot({ server: http.createServer(), signalingServer });
  const secure = new Bot({
    server: https.createServer({}),
    url: "wss://bot.example.org",
    perMessageDeflate: true,
    leaveOnceAlone: false,
    signalingServer,
    webGroupOptions: { rtcConfiguration: { iceServers: [] }, autoRejoin: true },
  });
  const { SIGNALING, URL } = process.env;
  const named = new Bot({ signalingServer: SIGNALING, url: URL, webGroupOptions: undefined });
  await named.close();
  const own = new Bot(options);
  own.onWebGroup = (group: WebGroup) => {
    group.onMessage = (id, data) => group.sendTo(id, data);
  };
  own.onError = (error: unknown) => console.error(error);
  const where: ListenOptions = { hostname: "127.0.0.1", port: 0, cert: undefined, key: undefined };
  const listening: HttpServer = await own.listen(where);
  const joined: WebGroup = await own.join("a key", { signal: AbortSignal.timeout(1000) });
  const groups: ReadonlyMap<number, WebGroup> = own.webGroups;
  const server: NodeServer | undefined = plain.server;
  const handler: Handler = own.handler;
  const response: Response = await handler(new Request("http://localhost"));
  await listening.close();
  await Promise.all([plain, secure, own].map((bot) => bot.close()));
  const facts = [listening.port, listening.secure, groups.size, server?.listening, response.status];
  return [own.url, joined.key, webrtcUnavailable ?? "rtc", ...facts.map(String)];
}

/** Alone, and as part of another server. */
export async function signaling(): Promise<SigverLoad> {
  const { SECRET } = process.env;
  const ice = { turnSecret: SECRET };
  const sigver = new Sigver({ secret: SECRET, ice, limits: { groupMembers: undefined } });
  const handler: RequestHandler = createHandler(sigver);
  const listening: HttpServer = await listen({ port: 0 }, handler);
  const server = http.createServer((_request, response) => void response.end("hello"));
  const accepts = ({ pathname }: URL) => pathname !== "/";
  const attachment: Attachment = attach(server, handler, { accepts });
  const place: string | undefined = attachment.url;
  attachment.detach();
  sigver.close();
  await listening.close();
  return place === undefined ? sigver.load : { rooms: 0, sessions: 0 };
}
