/** @jsxRuntime automatic */
/** @jsxImportSource preact */
/**
 * How a page of the demo looks: the state of its room as elements.
 *
 * @module
 */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { SignalingState, WebGroupState } from "../mod.ts";
import { Log } from "./log_view.tsx";
import { hueOf, nameOf } from "./names.ts";
import { type Member, type Room, titleOf } from "./room.ts";

/** What somebody can do. */
export interface Actions {
  /** Says something to all, or to one. */
  say(text: string, to?: number): void;
  /** Sends a random file to all, or to one. */
  sendFile(bytes: number, to?: number): void;
  inviteBot(): void;
  copyLink(): Promise<void>;
  dismiss(alert: number): void;
}

interface Props {
  readonly room: Room;
  readonly actions: Actions;
}

/** The whole page. */
export function View({ room, actions }: Props): JSX.Element {
  const [chosen, choose] = useState<number | undefined>(undefined);
  // Who was chosen may have left: then nobody is sent what was meant for one.
  const to = room.members.some(({ id }) => id === chosen) ? chosen : undefined;
  return (
    <div class="page">
      <Header room={room} actions={actions} />
      <Alerts room={room} actions={actions} />
      <div class="columns">
        <Members room={room} actions={actions} to={to} choose={choose} />
        <main>
          <Log room={room} />
          <Composer room={room} actions={actions} to={to} choose={choose} />
        </main>
      </div>
    </div>
  );
}

function Header({ room, actions }: Props): JSX.Element {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await actions.copyLink();
    setCopied(true);
    setTimeout(() => setCopied(false), COPIED_MS);
  };
  return (
    <header>
      <h1>
        <Mark /> Netflux <small>demo</small>
      </h1>
      <dl class="states">
        <State name="Group" value={WebGroupState[room.group]} good={room.group === JOINED} />
        <State
          name="Signaling"
          value={SignalingState[room.signaling]}
          good={room.signaling === SignalingState.CHECKED}
        />
      </dl>
      <button type="button" class="quiet" onClick={copy}>
        {copied ? "Copied" : "Copy link"}
      </button>
    </header>
  );
}

const { JOINED } = WebGroupState;
const COPIED_MS = 2_000;

function Mark(): JSX.Element {
  return (
    <svg class="mark" viewBox="0 0 24 24" aria-hidden="true">
      <path d="M12 5 5 18h14Z" fill="none" stroke="currentColor" stroke-width="1.5" />
      <circle cx="12" cy="5" r="3" />
      <circle cx="5" cy="18" r="3" />
      <circle cx="19" cy="18" r="3" />
    </svg>
  );
}

function State(
  { name, value, good }: { readonly name: string; readonly value: string; readonly good: boolean },
): JSX.Element {
  return (
    <div class="state" data-good={good}>
      <dt>{name}</dt>
      <dd>{value.toLowerCase()}</dd>
    </div>
  );
}

function Alerts({ room, actions }: Props): JSX.Element {
  return (
    <div class="alerts" role="alert">
      {room.alerts.map(({ key, text }) => (
        <p key={key}>
          <span>{text}</span>
          <button
            type="button"
            class="quiet"
            aria-label="Dismiss"
            onClick={() => actions.dismiss(key)}
          >
            ✕
          </button>
        </p>
      ))}
    </div>
  );
}

interface ChoiceProps extends Props {
  /** Whom to send to; all unless told. */
  readonly to: number | undefined;
  readonly choose: (member: number | undefined) => void;
}

function Members({ room, actions, to, choose }: ChoiceProps): JSX.Element {
  const hasBot = room.members.some(({ role }) => role === "bot");
  return (
    <aside>
      <section class="me" aria-label="You">
        <Avatar id={room.myId} />
        <span class="who">
          <strong>{room.myId === 0 ? "Joining…" : nameOf(room.myId)}</strong>
          <small>you · {room.myId}</small>
        </span>
      </section>
      <fieldset>
        <legend>
          Send to <span class="count">{room.members.length} other{plural(room)} here</span>
        </legend>
        <label class="member">
          <input
            type="radio"
            name="to"
            checked={to === undefined}
            onChange={() => choose(undefined)}
          />
          <span class="avatar all" aria-hidden="true">∗</span>
          <span class="who">
            <strong>Everyone</strong>
            <small>all who are here</small>
          </span>
        </label>
        {room.members.map((member) => (
          <label class="member" key={member.id} data-member={member.id}>
            <input
              type="radio"
              name="to"
              value={member.id}
              checked={to === member.id}
              onChange={() => choose(member.id)}
            />
            <Avatar id={member.id} role={member.role} />
            <span class="who">
              <strong>{titleOf(room, member.id)}</strong>
              <small>{member.role ?? "…"} · {member.id}</small>
            </span>
            <Channel member={member} />
          </label>
        ))}
      </fieldset>
      {room.members.length === 0 && room.group === JOINED && (
        <p class="hint">You are alone. Open this page's link in another tab.</p>
      )}
      {!hasBot && room.group === JOINED && (
        <button
          type="button"
          class="quiet invite"
          onClick={() => actions.inviteBot()}
        >
          Invite the bot
        </button>
      )}
    </aside>
  );
}

function plural({ members }: Room): string {
  return members.length === 1 ? "" : "s";
}

function Avatar(
  { id, role }: { readonly id: number; readonly role?: Member["role"] },
): JSX.Element {
  const initials = nameOf(id).split(" ").map((word) => word[0]).join("");
  return (
    <span class="avatar" data-role={role} style={{ "--hue": `${hueOf(id)}` }} aria-hidden="true">
      {role === "bot" ? "⚙" : id === 0 ? "…" : initials}
    </span>
  );
}

const CHANNELS = {
  rtc: "A data channel: directly, from browser to browser",
  ws: "A WebSocket: directly, to a server",
  relay: "Through other members",
} as const;

function Channel({ member: { channel } }: { readonly member: Member }): JSX.Element {
  const title = channel === undefined ? "Not known yet" : CHANNELS[channel];
  return <span class="channel" data-channel={channel} title={title}>{channel ?? "…"}</span>;
}

const SIZES_MB = [1, 5, 25] as const;

function Composer({ room, actions, to, choose }: ChoiceProps): JSX.Element {
  const [text, setText] = useState("");
  const [size, setSize] = useState(5);
  const alone = room.members.length === 0;
  const sending = room.entries.some((entry) =>
    entry.type === "file" && entry.from === room.myId && entry.progress.type === "moving"
  );
  const submit = (event: Event) => {
    event.preventDefault();
    if (text.trim() === "" || alone) return;
    actions.say(text.trim(), to);
    setText("");
  };
  return (
    <div class="composer">
      <form class="say" onSubmit={submit}>
        <p class="to">
          {to === undefined
            ? "To everyone"
            : (
              <button type="button" onClick={() => choose(undefined)}>
                Only to {titleOf(room, to)} <span aria-label="; send to everyone instead">✕</span>
              </button>
            )}
        </p>
        <input
          type="text"
          aria-label="Message"
          placeholder={alone ? "Nobody else is here yet" : "Write a message"}
          autocomplete="off"
          maxLength={2_000}
          value={text}
          onInput={({ currentTarget }) => setText(currentTarget.value)}
        />
        <button type="submit" disabled={alone || text.trim() === ""}>Send</button>
      </form>
      <form
        class="file"
        onSubmit={(event) => {
          event.preventDefault();
          actions.sendFile(size * 1_000_000, to);
        }}
      >
        <label>
          A random file of{" "}
          <select
            aria-label="Size of the file"
            value={size}
            onChange={({ currentTarget }) => setSize(Number(currentTarget.value))}
          >
            {SIZES_MB.map((megabytes) => (
              <option key={megabytes} value={megabytes}>{megabytes} MB</option>
            ))}
          </select>
        </label>
        <button type="submit" class="quiet" disabled={alone || sending}>
          {sending ? "Sending…" : "Send file"}
        </button>
      </form>
    </div>
  );
}
