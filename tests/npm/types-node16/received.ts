import type { BinaryData, DataType, SendableData, WebGroup } from "netflux";

export async function use(data: DataType): Promise<unknown[]> {
  const file = new Blob([data]);
  const answer = new Response(data);
  if (typeof data === "string") return [file, answer];
  return [file, answer, await crypto.subtle.digest("SHA-256", data), data.buffer.slice(0)];
}

export function unpack(group: WebGroup): void {
  group.addEventListener("stream", async ({ sender, readable }) => {
    const unpacked = readable.pipeThrough(new DecompressionStream("gzip"));
    await unpacked.pipeTo(group.openStream(sender));
  });
}

/** All types of bytes can be sent. */
export async function send(group: WebGroup, data: SendableData, old: Uint8Array): Promise<void> {
  const { buffer } = new Uint8Array(8);
  const views = [buffer, new DataView(buffer), new Float32Array(buffer), Buffer.from("bytes"), old];
  const all: readonly BinaryData[] = [...views, new SharedArrayBuffer(8)];
  const writer = group.openStream(1).getWriter();
  for (const bytes of all) {
    await group.send(bytes);
    await writer.write(bytes);
  }
  await group.sendTo(1, data);
}
