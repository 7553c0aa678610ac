// A named channel of a group: typed values and requests.

import type { Deferred } from "../base/deferred.ts";
import { messageOf } from "../base/describe_value.ts";
import { RequestError } from "../base/errors.ts";
import { asMemberId, type MemberId } from "../base/ids.ts";
import { STRING_BYTES_MAX } from "../base/limits.ts";
import { checkOptionNames } from "../base/check_options.ts";
import { type ChannelMessage, parseJson } from "../wire/channel_message.ts";
import { type ChannelHub, UNSERVED } from "./channel_hub.ts";
import { bytesOf, checkId, checkSignal, checkText, encodeJson } from "./check_arguments.ts";
import { abortable, settled } from "./promises.ts";
import { CALL_HANDLER, TypedEventTarget } from "./typed_event_target.ts";

/**
 * A validator such as a schema of Zod, Valibot or ArkType
 * ([Standard Schema](https://standardschema.dev), version 1).
 *
 * @example
 * ```ts
 * import { type StandardSchema, WebGroup } from "@netflux/netflux";
 *
 * const text: StandardSchema<string> = {
 *   "~standard": {
 *     validate: (value) =>
 *       typeof value === "string" ? { value } : { issues: [{ message: "a string expected" }] },
 *   },
 * };
 * const group = new WebGroup({ signalingServer: "ws://localhost:8000" });
 * group.channel("chat", { schema: text }).onMessage = (sender, data) => data.toUpperCase();
 * ```
 */
export interface StandardSchema<Value> {
  /** The validator. */
  readonly "~standard": {
    /** Returns the validated value or the issues, or a promise of either. */
    validate(value: unknown): StandardResult<Value> | Promise<StandardResult<Value>>;
  };
}

/**
 * The result of a validation: the value, or the issues found.
 *
 * @example
 * ```ts
 * import type { StandardResult } from "@netflux/netflux";
 *
 * const text = (value: unknown): StandardResult<string> =>
 *   typeof value === "string" ? { value } : { issues: [{ message: "a string expected" }] };
 * console.log(text(7).issues);
 * ```
 */
export type StandardResult<Value> =
  | { readonly value: Value; readonly issues?: undefined }
  | {
    readonly value?: undefined;
    readonly issues: readonly {
      readonly message: string;
      readonly path?:
        | readonly (string | number | symbol | { readonly key: string | number | symbol })[]
        | undefined;
    }[];
  };

type StandardIssue = NonNullable<StandardResult<unknown>["issues"]>[number];

/**
 * The context that `onRequest` receives besides the value of the request.
 *
 * @example
 * ```ts
 * import { type RequestContext, WebGroup } from "@netflux/netflux";
 *
 * const group = new WebGroup({ signalingServer: "ws://localhost:8000" });
 * const onRequest = (name: string, { sender }: RequestContext) => `${name} for ${sender}`;
 * group.channel<string, string>("docs", { onRequest });
 * ```
 */
export interface RequestContext {
  /** The id of the member that sent the request. */
  readonly sender: number;
  /** Aborted when that member gives up the request or leaves, or when this channel is closed. */
  readonly signal: AbortSignal;
}

/**
 * Options of {@linkcode WebGroup.channel}. All are optional.
 *
 * @example
 * ```ts
 * import { type ChannelOptions, WebGroup } from "@netflux/netflux";
 *
 * const options: ChannelOptions<string, number> = { onRequest: (text) => text.length };
 * const group = new WebGroup({ signalingServer: "ws://localhost:8000" });
 * group.channel("lengths", options);
 * ```
 */
export interface ChannelOptions<Data, Reply> {
  /**
   * How values are delivered. `reliable`, the default: every value arrives, in order. `latest`: a
   * newer value of a sender replaces an older one that is still queued, so a slow member receives
   * only the newest values. `unreliable`: like `latest`, but over a data channel a lost value of up
   * to 1 KiB is not retransmitted, so that newer ones do not wait for it. The last value can be
   * lost, too.
   */
  readonly delivery?: "reliable" | "latest" | "unreliable" | undefined;
  /** Validates received values; an invalid one is dropped with a warning. */
  readonly schema?: StandardSchema<Data> | undefined;
  /** Handles requests of members: returns the reply, or a promise of it. */
  readonly onRequest?:
    | ((data: Data, context: RequestContext) => Reply | Promise<Reply>)
    | undefined;
}

/**
 * A `message` event of a {@linkcode GroupChannel}.
 *
 * @example
 * ```ts
 * import { type ChannelMessageEvent, WebGroup } from "@netflux/netflux";
 *
 * const show = ({ sender, data }: ChannelMessageEvent<string>) => console.log(sender, data);
 * const group = new WebGroup({ signalingServer: "ws://localhost:8000" });
 * group.channel<string>("chat").addEventListener("message", show);
 * ```
 */
export class ChannelMessageEvent<Data> extends Event {
  /** The id of the member that sent it. */
  readonly sender: number;
  /** The value. */
  readonly data: Data;

  /**
   * Called by the library.
   *
   * @param sender The id of the member that sent it.
   * @param data The value.
   */
  constructor(sender: number, data: Data) {
    super("message");
    this.sender = sender;
    this.data = data;
  }
}

/** Requests that a channel handles at the same time; further ones fail. */
const SERVING_MAX = 1_024;

/** Requests of a group that wait for a reply; further ones fail. */
const PENDING_REQUESTS_MAX = 8_192;

interface PendingRequest<Reply> extends Deferred<Reply> {
  readonly member: MemberId;
}

interface ServedRequest {
  readonly sender: MemberId;
  readonly request: number;
  readonly controller: AbortController;
}

/**
 * A named channel of a group. It carries JSON values, or bytes (an `ArrayBuffer` or a view of one,
 * which arrive as a `Uint8Array`). All channels with the same name receive the same messages. A
 * member without a channel of that name ignores them. Peers of Netflux 4 do not receive them.
 *
 * @example
 * ```ts
 * import { WebGroup } from "@netflux/netflux";
 *
 * const group = new WebGroup({ signalingServer: "ws://localhost:8000" });
 * const chat = group.channel<{ text: string }>("chat");
 * chat.addEventListener("message", ({ sender, data }) => console.log(sender, data.text));
 * chat.send({ text: "hi" });
 * ```
 */
export class GroupChannel<Data, Reply = unknown>
  extends TypedEventTarget<{ message: ChannelMessageEvent<Data> }> {
  /** The name. */
  readonly name: string;
  /** Called with each received value: the id of the member that sent it, and the value. */
  declare onMessage: ((sender: number, data: Data) => void) | null | undefined;
  readonly #hub: ChannelHub;
  readonly #options: ChannelOptions<Data, Reply>;
  readonly #detach: () => void;
  readonly #pending = new Map<number, PendingRequest<Reply>>();
  /** The last running validation of each sender, for which its later values wait. */
  readonly #validating = new Map<MemberId, Promise<void>>();
  /** The requests in progress, by sender and number. */
  readonly #serving = new Map<string, ServedRequest>();
  #isClosed = false;

  /**
   * @ignore
   * @internal
   */
  constructor(name: string, options: ChannelOptions<Data, Reply>, hub: ChannelHub) {
    super(hub.port.platform.log);
    this.name = name;
    this.#options = options;
    this.#hub = hub;
    this.#detach = hub.attach(name, {
      serves: options.onRequest !== undefined,
      read: (sender, message) => this.#read(sender, message),
      memberLeft: (member) => this.#memberLeft(member),
    });
  }

  /**
   * Sends a value to all other members.
   *
   * @param data The value.
   * @param options With `latest` or `unreliable` delivery, the value replaces only a queued value
   * with the same `key`, of at most 4,096 bytes.
   * @returns Resolves as for {@linkcode WebGroup.send}; with `latest` or `unreliable` delivery, at
   * once. Rejects with an `InvalidStateError` if the channel was closed.
   * @throws {TypeError} JSON cannot represent the value, or `key` is not a string.
   * @throws {RangeError} `key` is too long.
   */
  send(data: Data, options: { readonly key?: string | undefined } = {}): Promise<void> {
    return this.#send(data, options);
  }

  /**
   * Sends a value to one member. With the id of this member it does nothing.
   *
   * @param id The id of the member.
   * @param data The value.
   * @param options As for {@linkcode GroupChannel.send}.
   * @returns Resolves as for {@linkcode WebGroup.sendTo}; with `latest` or `unreliable` delivery,
   * at once. Rejects with an `InvalidStateError` if the channel was closed.
   * @throws {TypeError} The id is not a number, JSON cannot represent the value, or `key` is not a
   * string.
   * @throws {RangeError} `key` is too long.
   */
  sendTo(
    id: number,
    data: Data,
    options: { readonly key?: string | undefined } = {},
  ): Promise<void> {
    return this.#send(data, options, asMemberId(checkId(id)));
  }

  /**
   * Sends a request to one member. Its channel with this name handles it in `onRequest`.
   *
   * @param id The id of the member, which can be this one.
   * @param data The value.
   * @param options A `signal` that gives up the request.
   * @returns The reply. There is no time limit: without a `signal`, the request waits as long as
   * the member is listed. Rejects with a {@linkcode RequestError}; with a {@linkcode DeliveryError}
   * if the request cannot be sent, such as one that is too large; with the reason of `signal`; with
   * an `InvalidStateError` if the channel was closed before; or with an `AbortError` if it is
   * closed before the reply.
   * @throws {TypeError} The id is not a number, `signal` is not an `AbortSignal`, or JSON cannot
   * represent the value.
   */
  request(
    id: number,
    data: Data,
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<Reply> {
    const member = asMemberId(checkId(id));
    checkOptionNames(options, ["signal"]);
    const request = this.#hub.nextRequest();
    const message = { name: this.name, ...encodeValue(data), request };
    return abortable<Reply>(
      (deferred) => {
        const { messaging, myId, others } = this.#hub.port;
        if (this.#isClosed) return deferred.reject(closedError("request", "InvalidStateError"));
        this.#pending.set(request, { member, ...deferred });
        this.#hub.pendingRequests++;
        if (member === 0 || (member !== myId() && !others().includes(member))) {
          this.#fail(request, "MEMBER_LEFT", "there is no such member");
        } else if (this.#hub.pendingRequests > PENDING_REQUESTS_MAX) {
          this.#fail(request, "FAILED", `${PENDING_REQUESTS_MAX} others wait for a reply`);
        } else {
          const failed = (error: unknown) => this.#settle(request)?.reject(error);
          const sent = () => {
            if (messaging().associationWith(member)?.protocol !== "v4") return;
            this.#fail(request, "UNSUPPORTED", "it is a peer of Netflux 4");
          };
          this.#hub.request(message, member, sent).catch(failed);
        }
      },
      checkSignal(options.signal),
      (_, reason) => this.#giveUp(request, reason),
    );
  }

  /**
   * Closes the channel. It receives and sends nothing more, and its pending requests reject with an
   * `AbortError`. The `signal` of each running `onRequest` is aborted. Unless it replies at once,
   * the request rejects with `UNSERVED`.
   */
  close(): void {
    this.#isClosed = true;
    this.#detach();
    const closed = closedError("request", "AbortError");
    for (const request of this.#pending.keys()) this.#giveUp(request, closed);
    for (const { controller } of this.#serving.values()) controller.abort();
    // In a later task: a handler that calls this can still reply.
    this.#hub.port.platform.enqueueTask(() => {
      for (const { request, sender } of this.#serving.values()) {
        this.#end(sender, request);
        this.#hub.fail(sender, this.name, request, UNSERVED);
      }
    });
  }

  #send(data: Data, options: { key?: string | undefined }, member?: MemberId): Promise<void> {
    checkOptionNames(options, ["key"]);
    const { key = "" } = options;
    checkText("key", key, STRING_BYTES_MAX);
    const message = { name: this.name, ...encodeValue(data) };
    const { delivery = "reliable" } = this.#options;
    if (member === undefined) this.#hub.port.warnUnlessJoined();
    if (this.#isClosed) return settled(Promise.reject(closedError("send", "InvalidStateError")));
    if (delivery === "reliable") return this.#hub.send(message, member);
    const members = member === undefined ? this.#hub.port.others() : [member];
    this.#hub.sendLatest({ ...message, key }, members, delivery);
    return Promise.resolve();
  }

  #read(sender: MemberId, message: ChannelMessage): () => void {
    const { cancel, failure } = message;
    const hasValue = cancel === undefined && failure === undefined;
    const value = hasValue ? decodeValue(message) : undefined;
    return () => this.#received(sender, message, value);
  }

  #received(sender: MemberId, message: ChannelMessage, value: unknown): void {
    const { cancel, failure, reply, request } = message;
    if (cancel !== undefined) return this.#end(sender, cancel)?.controller.abort();
    if (reply !== undefined) {
      if (this.#pending.get(reply)?.member !== sender) return;
      if (failure === UNSERVED) {
        return this.#fail(reply, UNSERVED, "the member serves no requests on it");
      }
      if (failure !== undefined) return this.#fail(reply, "FAILED", failure);
      // The program declares the type.
      return this.#settle(reply)?.resolve(value as Reply);
    }
    const { schema } = this.#options;
    const { myId, platform: { log } } = this.#hub.port;
    if (request !== undefined && !this.#begin(sender, request)) return;
    const take = (data: Data) => {
      if (request !== undefined) return void this.#serve(sender, request, data);
      this[CALL_HANDLER](this.onMessage, sender, data);
      this.dispatchEvent(new ChannelMessageEvent(sender, data));
    };
    if (schema === undefined) return take(value as Data);
    const refuse = (reason: string) => {
      if (request === undefined || !this.#end(sender, request)) return;
      this.#hub.fail(sender, this.name, request, reason);
    };
    const judge = ({ issues, value }: StandardResult<Data>) => {
      if (issues === undefined) return take(value as Data);
      const reason = `refused: ${issues.map(describeIssue).join("; ")}`;
      refuse(reason);
      log.warn(`A value of member ${sender} on channel ${this.name} was ${reason}`);
    };
    let result: StandardResult<Data> | Promise<StandardResult<Data>>;
    try {
      result = schema["~standard"].validate(value);
    } catch (error) {
      result = Promise.reject(error);
    }
    const before = this.#validating.get(sender);
    if (before === undefined && !isPromise(result)) {
      return this[CALL_HANDLER](judge, result);
    }
    const join = myId();
    const judging = Promise.allSettled([result, before]).then(([settled]) => {
      if (this.#validating.get(sender) === judging) this.#validating.delete(sender);
      // The group was left meanwhile, or the channel closed.
      if (myId() !== join || this.#isClosed) return;
      if (settled.status === "fulfilled") return this[CALL_HANDLER](judge, settled.value);
      refuse(String(settled.reason));
      log.report(settled.reason);
    });
    this.#validating.set(sender, judging);
  }

  /** Returns whether the request can be served. */
  #begin(sender: MemberId, request: number): boolean {
    const id = `${sender} ${request}`;
    // A member that repeats the number of a request in progress is ignored.
    if (this.#serving.has(id)) return false;
    const hasRoom = this.#serving.size < SERVING_MAX;
    if (hasRoom) this.#serving.set(id, { sender, request, controller: new AbortController() });
    else this.#failed(sender, request, `${SERVING_MAX} others wait for a reply`);
    return hasRoom;
  }

  async #serve(sender: MemberId, request: number, data: Data): Promise<void> {
    const signal = this.#serving.get(`${sender} ${request}`)?.controller.signal;
    // The other member gave up, or left, while the schema was running.
    if (signal === undefined) return;
    try {
      const reply = await this.#options.onRequest?.(data, { sender, signal });
      const value = reply === undefined ? {} : encodeValue(reply);
      const message = { name: this.name, reply: request, ...value };
      if (this.#end(sender, request)) await this.#hub.reply(message, sender);
    } catch (error) {
      // The other member does not wait for the result, or close() ends the request.
      if (signal.aborted) return;
      this.#end(sender, request);
      this.#failed(sender, request, messageOf(error));
    }
  }

  #failed(sender: MemberId, request: number, reason: string): void {
    this.#hub.fail(sender, this.name, request, reason);
    const { log } = this.#hub.port.platform;
    log.warn(`A request of member ${sender} on channel ${this.name} failed: ${reason}`);
  }

  /** Ends a request of a member; returns `undefined` if it has ended before. */
  #end(sender: MemberId, request: number): ServedRequest | undefined {
    const id = `${sender} ${request}`;
    const served = this.#serving.get(id);
    this.#serving.delete(id);
    return served;
  }

  #giveUp(request: number, reason: unknown): void {
    const pending = this.#settle(request);
    if (pending === undefined) return;
    pending.reject(reason);
    this.#hub.request({ name: this.name, cancel: request }, pending.member);
  }

  #fail(request: number, code: RequestError["code"], reason: string): void {
    const text = `Cannot request on channel "${this.name}": ${reason}`;
    this.#settle(request)?.reject(new RequestError(code, text));
  }

  /** Ends a request to a member; returns `undefined` if it has ended before. */
  #settle(request: number): PendingRequest<Reply> | undefined {
    const pending = this.#pending.get(request);
    if (this.#pending.delete(request)) this.#hub.pendingRequests--;
    return pending;
  }

  #memberLeft(left: MemberId): void {
    for (const [request, { member }] of this.#pending) {
      if (member === left) this.#fail(request, "MEMBER_LEFT", "the member left before it replied");
    }
    for (const { request, sender } of this.#serving.values()) {
      if (sender === left) this.#end(sender, request)?.controller.abort();
    }
  }
}

function describeIssue({ message, path = [] }: StandardIssue): string {
  const keys = path.map((key) => String(typeof key === "object" ? key.key : key));
  return keys.length === 0 ? message : `${keys.join(".")}: ${message}`;
}

function closedError(what: "request" | "send", name: string): DOMException {
  return new DOMException(`Cannot ${what}: the channel was closed`, name);
}

/** Bytes are sent unchanged, everything else as JSON. */
function encodeValue(data: unknown): { readonly json: string } | { readonly bytes: Uint8Array } {
  const bytes = bytesOf(data);
  if (bytes !== undefined) return { bytes };
  return { json: encodeJson(data, "send") };
}

/** Without `instanceof`, which is false for a promise of another realm, or beside zone.js. */
function isPromise<Value>(value: Value | Promise<Value>): value is Promise<Value> {
  return "then" in Object(value);
}

/** @throws {ProtocolError} */
function decodeValue({ json, bytes, reply }: ChannelMessage): unknown {
  // A copy: through a view, the program could reach the rest of the frame.
  if (bytes !== undefined) return bytes.slice();
  return json === undefined && reply !== undefined ? undefined : parseJson(json ?? "");
}
