// Tests the code of the cookbook that Deno runs. tests/npm tests that of npm and pages.

import { expect } from "expect";
import { applyUpdate, Doc } from "yjs";
import { WebGroup } from "../../bot.ts";
import { folderStore } from "../../src/yjs/server.ts";
import { WebGroupProvider } from "../../src/yjs/yjs.ts";
import { blocksOf, filesIn } from "../support/code_blocks.ts";
import { Signaling } from "../support/signaling.ts";
import { until } from "../support/until.ts";
import { freePort, Running } from "./running.ts";

Deno.test("deno.md: two terminals chat, and a newcomer receives earlier messages", async () => {
  await using page = await Folder.of("docs/cookbook/deno.md");
  const port = freePort();
  await using _server = new Running(page.url, "server.ts", [], { PORT: `${port}` });
  const origin = `ws://localhost:${port}`;
  await using first = new Running(page.url, "chat.ts", [origin]);
  await first.shows(" is here");
  await using second = new Running(page.url, "chat.ts", [origin]);
  await second.shows(" is here");
  await second.type("hello");
  await first.shows(": hello");
  await using third = new Running(page.url, "chat.ts", [origin]);
  await third.shows(": hello");
  expect(await second.endInput()).toBe(0);
  await first.shows(" has left");
});

Deno.test("files.md: a file arrives with its name and type, and both sides see progress", async () => {
  await using page = await Folder.of("docs/cookbook/files.md");
  const { receiveFiles, sendFile } = await page.import<FilesModule>("files.ts");
  await using pair = await Pair.join();
  const received: File[] = [];
  const progress = { sent: 0, received: 0 };
  receiveFiles(
    pair.second,
    (file) => received.push(file),
    (bytes) => progress.received = bytes,
    (error) => expect(error).toBe(undefined),
  );
  const bytes = new Uint8Array(300_000).map((_, index) => index);
  const file = new File([bytes], "numbers.bin", { type: "application/x-numbers" });
  const results = await sendFile(pair.first, file, (id, bytes) => {
    expect(id).toBe(pair.second.myId);
    progress.sent = bytes;
  });
  expect(results).toEqual([{ status: "fulfilled", value: undefined }]);
  await until("the file is there", () => received.length === 1);
  const [{ name, type } = file] = received;
  expect({ name, type }).toEqual({ name: file.name, type: file.type });
  expect(await received[0]!.bytes()).toEqual(bytes);
  expect(progress).toEqual({ sent: bytes.length, received: bytes.length });
});

Deno.test("files.md: a signal aborts a file", async () => {
  await using page = await Folder.of("docs/cookbook/files.md");
  const { receiveFiles, sendFile } = await page.import<FilesModule>("files.ts");
  await using pair = await Pair.join();
  const errors: unknown[] = [];
  const failed = (error: unknown) => errors.push((error as { code?: unknown }).code);
  receiveFiles(pair.second, (file) => failed(file), () => {}, failed);
  const stop = new AbortController();
  const file = new File([new Uint8Array(20_000_000)], "long.bin");
  const [result] = await sendFile(pair.first, file, () => stop.abort(), stop.signal);
  expect(result?.status).toBe("rejected");
  await until("the reader is told", () => errors.length === 1);
  expect(errors).toEqual(["ABORTED"]);
});

Deno.test("files.md: the reader cancels a file", async () => {
  await using page = await Folder.of("docs/cookbook/files.md");
  const { receiveFiles, sendFile } = await page.import<FilesModule>("files.ts");
  await using pair = await Pair.join();
  const errors: unknown[] = [];
  receiveFiles(
    pair.second,
    (file) => errors.push(file),
    (_bytes, incoming) => incoming.cancel(),
    (error) => errors.push((error as { name?: unknown }).name),
  );
  const file = new File([new Uint8Array(20_000_000)], "long.bin");
  const [result] = await sendFile(pair.first, file, () => {});
  expect(result).toMatchObject({ status: "rejected", reason: { code: "CANCELLED" } });
  await until("the reader is told", () => errors.length === 1);
  expect(errors).toEqual(["AbortError"]);
});

Deno.test("cannot-connect.md: the report describes the path to each member", async () => {
  await using page = await Folder.of("docs/cookbook/cannot-connect.md");
  const { report } = await page.import<ReportModule>("report.ts");
  await using pair = await Pair.join();
  await pair.first.send("something that is acknowledged");
  await until(
    "a round trip is known",
    async () => /\d ms$/.test((await report(pair.first))[0] ?? ""),
  );
  expect(await report(pair.first)).toEqual([
    expect.stringMatching(/^\d+: a data channel, (host|prflx) to (host|prflx), [\d.]+ ms$/),
  ]);
});

Deno.test("from-trystero.md: a member answers requests, and sends its own", async () => {
  await using page = await Folder.of("docs/cookbook/from-trystero.md");
  const { isEvenOf } = await page.import<IsEvenModule>("is-even.ts");
  await using pair = await Pair.join();
  const [isEven] = [isEvenOf(pair.first), isEvenOf(pair.second)];
  expect(await isEven!(pair.second.myId, 42)).toBe(true);
  expect(await isEven!(pair.second.myId, 41)).toBe(false);
});

Deno.test("YJS.md: a server that is interrupted has stored the last change", async () => {
  await using page = await Folder.of("docs/YJS.md");
  const port = freePort();
  await using server = new Running(page.url, "server.js", [], { PORT: `${port}` });
  const doc = new Doc();
  const groupOptions = { signalingServer: `ws://localhost:${port}` };
  await using provider = new WebGroupProvider("a room", doc, { groupOptions });
  await until("the server is there", () => provider.group.members.length === 2);
  await provider.whenSynced;
  doc.getText("text").insert(0, "kept");
  await provider.destroy();
  expect(await server.interrupt()).toBe(0);
  const kept = new Doc();
  const store = folderStore(new URL("documents", page.url).pathname);
  for (const update of await store.load("a room")) applyUpdate(kept, update);
  expect(kept.getText("text").toString()).toBe("kept");
});

interface FilesModule {
  sendFile(
    group: WebGroup,
    file: File,
    onProgress: (id: number, bytes: number) => void,
    signal?: AbortSignal,
  ): Promise<PromiseSettledResult<void>[]>;
  receiveFiles(
    group: WebGroup,
    onFile: (file: File, incoming: IncomingFile) => void,
    onProgress: (bytes: number, incoming: IncomingFile) => void,
    onError: (error: unknown, incoming: IncomingFile) => void,
  ): void;
}

interface IncomingFile {
  cancel(): void;
}

interface ReportModule {
  report(group: WebGroup): Promise<string[]>;
}

interface IsEvenModule {
  isEvenOf(group: WebGroup): (member: number, n: number) => Promise<boolean>;
}

class Folder implements AsyncDisposable {
  readonly url: URL;

  private constructor(url: URL) {
    this.url = url;
  }

  static async of(page: string): Promise<Folder> {
    const folder = new URL(`file://${await Deno.makeTempDir({ prefix: "netflux-page-" })}/`);
    for (const [path, text] of filesIn(await blocksOf(page))) {
      await Deno.writeTextFile(new URL(path, folder), text);
    }
    return new Folder(folder);
  }

  /** The caller states the types; `check_documents.ts` checks the types of the page itself. */
  import<Exports>(path: string): Promise<Exports> {
    return import(new URL(path, this.url).href);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.url, { recursive: true });
  }
}

class Pair implements AsyncDisposable {
  readonly first: WebGroup;
  readonly second: WebGroup;
  readonly #signaling: Signaling;

  private constructor(signaling: Signaling) {
    const options = { signalingServer: signaling.url, rtcConfiguration: { iceServers: [] } };
    this.#signaling = signaling;
    this.first = new WebGroup(options);
    this.second = new WebGroup(options);
  }

  static async join(): Promise<Pair> {
    const pair = new Pair(new Signaling());
    await pair.first.join("a page");
    await pair.second.join("a page");
    return pair;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.first.leave(), this.second.leave()]);
    await this.#signaling.stop();
  }
}
