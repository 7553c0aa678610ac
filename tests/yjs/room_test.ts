import { expect } from "expect";
import { Doc } from "yjs";
import type { WebGroup } from "../../mod.ts";
import { GroupServer } from "../../src/server/server.ts";
import { WebGroupProvider } from "../../src/yjs/yjs.ts";
import { until } from "../support/until.ts";

/** The group server knows all members. */
class Room implements AsyncDisposable {
  group: WebGroup | undefined;
  readonly #server = new GroupServer({ onGroup: (group) => void (this.group = group) });
  #url = "";

  static async open(): Promise<Room> {
    const room = new Room();
    const { port } = await room.#server.listen({ hostname: "127.0.0.1" });
    room.#url = `ws://127.0.0.1:${port}`;
    return room;
  }

  provider(doc: Doc): WebGroupProvider {
    const groupOptions = { signalingServer: this.#url, autoRejoin: false };
    return new WebGroupProvider("room", doc, { groupOptions });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.close();
  }
}

Deno.test("two providers of one room in one process share their documents", async () => {
  await using room = await Room.open();
  const [first, second] = [new Doc(), new Doc()];
  await using one = room.provider(first);
  await using other = room.provider(second);
  await Promise.all([one.whenSynced, other.whenSynced]);
  first.getText("text").insert(0, "first ");
  second.getText("text").insert(0, "second ");
  const texts = () => [first, second].map((doc) => doc.getText("text").toString());
  await until(
    "both have both",
    () => texts()[0] === texts()[1] && texts()[0]?.length === 13,
    texts,
  );
  expect(one.group.myId).not.toBe(other.group.myId);
});

Deno.test("a provider that is destroyed and recreated at once is one member", async () => {
  await using room = await Room.open();
  const doc = new Doc();
  await using other = room.provider(new Doc());
  await other.whenSynced;
  // Like StrictMode: mounts, unmounts, and mounts again.
  const first = room.provider(doc);
  first.destroy();
  await using second = room.provider(doc);
  await second.whenSynced;
  doc.getText("text").insert(0, "hello");
  await until("the other has it", () => other.doc.getText("text").toString() === "hello");
  // The server, the other page and this one.
  await until("there is no ghost", () => room.group?.members.length === 3, () => room.group);
});
