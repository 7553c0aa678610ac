import { expect } from "expect";
import type { Channel } from "../../src/transport/channel.ts";
import { textPage, upgradeHandler } from "../../src/transport/websocket_upgrade.ts";
import { foreignSocket } from "../support/foreign_socket.ts";

/** Longer than the answer delay: when this timer fires, frames have been answered. */
const LATER_MS = 50;

/** The server answers this at once, and any other frame later. */
const PROMPT = "prompt";

/** Returns the texts of the frames that a client gets, up to the answer to the last of its own. */
async function answersTo(
  frames: readonly string[],
  open = (url: string) => new WebSocket(url),
): Promise<string[]> {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    upgradeHandler({
      ask: () => ({ type: "admit", accept: answerFrames }),
      page: () => textPage("A server"),
      socket: {},
    }),
  );
  const socket = open(`ws://127.0.0.1:${server.addr.port}`);
  socket.binaryType = "arraybuffer";
  const heard: string[] = [];
  const [first = "", ...rest] = frames;
  await new Promise<void>((done) => {
    socket.onopen = () => socket.send(bytes(first));
    socket.onmessage = ({ data }) => {
      const text = new TextDecoder().decode(data);
      heard.push(text);
      const next = text === "" ? undefined : rest.shift();
      if (next !== undefined) socket.send(bytes(next));
      else if (text !== "") done();
    };
  });
  const closed = new Promise((resolve) => socket.onclose = resolve);
  socket.close();
  await closed;
  await server.shutdown();
  return heard;
}

function answerFrames(channel: Channel): void {
  channel.listen({
    received(frame) {
      const answer = () => channel.send(frame);
      if (new TextDecoder().decode(frame) === PROMPT) answer();
      else setTimeout(answer, LATER_MS);
    },
    bufferedAmountLow() {},
    closed() {},
  });
}

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

Deno.test("a client in Deno, which uses Nagle's algorithm, is sent an empty frame if it gets no answer", async () => {
  expect(await answersTo(["a", "b"])).toEqual(["", "a", "", "b"]);
});

Deno.test("no empty frame is sent if a frame is answered in time", async () => {
  expect(await answersTo([PROMPT, PROMPT, "a"])).toEqual([PROMPT, PROMPT, "", "a"]);
});

Deno.test("no empty frames are sent to other clients", async () => {
  expect(await answersTo(["a", PROMPT], foreignSocket)).toEqual(["a", PROMPT]);
});
