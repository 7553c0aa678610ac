import { expect } from "expect";
import { findBrowser } from "../../scripts/browsers.ts";
import { buildBrowser } from "../../scripts/build_browser.ts";
import type { Channel } from "../../src/transport/channel.ts";
import { nodeDatachannelTransport } from "../../src/transport/node_datachannel.ts";
import type { RtcOptions } from "../../src/transport/transport.ts";
import { LAUNCHERS } from "../support/browsers.ts";
import { RecordingSink } from "../support/recording_sink.ts";
import type { CrossRuntimeScope } from "./cross_runtime_page.ts";
import { UNRELIABLE_BYTES } from "./echo.ts";

const FRAMES = 500;

/**
 * The end of a page whose close is not answered: in one of 30 runs node-datachannel (usrsctp) never
 * reports the stream reset of Chromium (dcsctp). The page then ends the connection after 2 s; the
 * other side still receives everything, and a clean end.
 */
const UNANSWERED = "unclean: the other side did not reply";

for (const name of ["chromium", "firefox"] as const) {
  Deno.test({
    name: `${name} and node-datachannel open a data channel, and close it in good order`,
    ignore: findBrowser(name) === undefined,
    // Leaks of the browser driver are not checked.
    sanitizeOps: false,
    sanitizeResources: false,
    async fn(test) {
      await using server = await serveMeetings();
      await using browser = await LAUNCHERS[name]();
      const page = await browser.open(server.url);
      const meet = (role: RtcOptions["role"]) =>
        (globalThis as unknown as CrossRuntimeScope).meet(role);
      for (const [theirs, ours] of [["offerer", "answerer"], ["answerer", "offerer"]] as const) {
        for (const closer of ["page", "native"] as const) {
          await test.step(`the page as ${theirs}, closed by ${closer}`, async () => {
            const channel = server.meet(ours);
            const theirEnd = page.evaluate(meet, theirs);
            const ourEnd = await converse(await channel, closer);
            const [here, there] = ["clean: closed here", "clean: closed by the other side"];
            expect(ourEnd).toBe(closer === "page" ? there : here);
            expect(closer === "page" ? [here, UNANSWERED] : [there]).toContain(await theirEnd);
          });
        }
      }
    },
  });
}

/** Echoes frames, then closes one side. Returns how the channel ended here. */
async function converse(channel: Channel, closer: "page" | "native"): Promise<string> {
  const sink = new RecordingSink();
  channel.listen(sink);
  for (let number = 0; number < FRAMES; number++) {
    channel.send(new Uint8Array(number * 20 + 4).fill(number));
  }
  await sink.untilReceived(FRAMES);
  const frames = [...sink.frames];
  while (!sink.frames.some(({ length }) => length === UNRELIABLE_BYTES)) {
    channel.sendUnreliable?.(new Uint8Array(UNRELIABLE_BYTES));
    // The echo of a reliable frame takes one round trip.
    const heard = sink.frames.length;
    channel.send(new Uint8Array(1));
    await sink.untilReceived(heard + 1);
  }
  if (closer === "page") channel.send(new Uint8Array());
  if (closer === "native") channel.close();
  const { clean, reason } = await sink.ended();
  frames.forEach((frame, number) => {
    expect([frame.length, frame[0]]).toEqual([number * 20 + 4, number & 255]);
  });
  return `${clean ? "clean" : "unclean"}: ${reason}`;
}

interface MeetingServer extends AsyncDisposable {
  readonly url: string;
  meet(role: RtcOptions["role"]): Promise<Channel>;
}

async function serveMeetings(): Promise<MeetingServer> {
  const script = await buildBrowser({ entry: new URL("./cross_runtime_page.ts", import.meta.url) });
  let next = (_socket: WebSocket) => {};
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/signaling") {
      const { socket, response } = Deno.upgradeWebSocket(request);
      next(socket);
      return response;
    }
    const isScript = pathname === "/page.js";
    const html = `<!doctype html><script src="/page.js" type="module"></script>`;
    const type = isScript ? "text/javascript" : "text/html";
    return new Response(isScript ? script : html, { headers: { "content-type": type } });
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}/`,
    meet: (role) =>
      new Promise((resolve, reject) => {
        next = (socket) => {
          socket.onopen = () => {
            const options: RtcOptions = { role, label: "meeting", configuration: {} };
            const dial = nodeDatachannelTransport().dialRtc(options, {
              signalGenerated: (signal) => socket.send(JSON.stringify(signal)),
              opened: resolve,
              failed: (reason) => reject(new Error(reason)),
            });
            socket.onmessage = ({ data }) => dial.receive(JSON.parse(data));
          };
        };
      }),
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
