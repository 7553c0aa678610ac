/** @jsxRuntime automatic */
/** @jsxImportSource preact */
/**
 * The picture of the mesh: members as circles, and how they are connected as lines.
 *
 * @module
 */

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Link } from "./links.ts";
import { sentenceOf } from "./member_line.ts";
import {
  HEIGHT,
  labelPlaceOf,
  MIDDLE_Y,
  nodeRadius,
  pathOf,
  type Place,
  type Places,
  placesBetween,
  placesOf,
  WIDTH,
} from "./mesh_layout.ts";
import { initialsOf } from "./people.ts";
import { colorOf, linksIn, nameOf, type Room, titleOf } from "./room.ts";

const MOVE_MS = 450;

/** With more members, there is no room for names: the list below has them. */
const NAMED_MEMBERS_MAX = 14;

/** With more members, only one's own lines have labels: the others would cover each other. */
const LABELED_MEMBERS_MAX = 4;

/** With more members, no line has one, and lines are thin. */
const SPARSE_MEMBERS_MAX = 6;

/** The picture, and the meaning of its lines. */
export function Mesh({ room }: { readonly room: Room }): JSX.Element {
  const { myId, members } = room;
  const links = linksIn(room);
  const places = useMotion(placesOf(myId, members.map(({ id }) => id)));
  const away = new Set(members.flatMap(({ id, stats }) => stats?.away ? [id] : []));
  return (
    <figure class="mesh" data-dense={members.length + 1 > SPARSE_MEMBERS_MAX}>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={summaryOf(room, links)}>
        {links.map((link) => <Line key={`${link.a} ${link.b}`} link={link} places={places} />)}
        {links.map((link) => (
          <Label key={`${link.a} ${link.b}`} link={link} places={places} room={room} />
        ))}
        {[...places].map(([id, place]) => (
          <Node key={id} id={id} place={place} room={room} isAway={away.has(id)} />
        ))}
      </svg>
      <figcaption>
        <Legend kind="rtc">data channel</Legend>
        <Legend kind="ws">WebSocket</Legend>
        <Legend kind="relay">relayed</Legend>
      </figcaption>
    </figure>
  );
}

/** The places, which move to new ones. */
function useMotion(target: Places): Places {
  const [places, setPlaces] = useState(target);
  const shown = useRef(target);
  useEffect(() => {
    const from = shown.current;
    const show = (next: Places) => setPlaces(shown.current = next);
    const isStill = document.hidden || matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (isStill) return show(target);
    const start = performance.now();
    const step = (now: number) => {
      const progress = (now - start) / MOVE_MS;
      show(placesBetween(from, target, progress));
      if (progress < 1) frame = requestAnimationFrame(step);
    };
    let frame = requestAnimationFrame(step);
    return () => cancelAnimationFrame(frame);
  }, [[...target.keys()].join()]);
  return places;
}

interface LineProps {
  readonly link: Link;
  readonly places: Places;
}

function Line({ link: { a, b, channel, via, away }, places }: LineProps): JSX.Element | null {
  const [from, to] = [places.get(a), places.get(b)];
  if (from === undefined || to === undefined) return null;
  return (
    <path
      class="line"
      data-link={`${a} ${b}`}
      data-channel={channel}
      data-away={away}
      d={pathOf(from, to, via === undefined ? undefined : places.get(via))}
    />
  );
}

function Label({ link, places, room }: LineProps & { readonly room: Room }): JSX.Element | null {
  const { via, ms, away } = link;
  const isMine = [link.a, link.b].includes(room.myId);
  const count = room.members.length + 1;
  if (count > (isMine ? SPARSE_MEMBERS_MAX : LABELED_MEMBERS_MAX)) return null;
  // The labels of one's own lines stand around one's own circle.
  const [a, b] = link.b === room.myId ? [link.b, link.a] : [link.a, link.b];
  const [from, to] = [places.get(a), places.get(b)];
  if (from === undefined || to === undefined || ms === undefined || away) return null;
  const { x, y } = labelPlaceOf(from, to, via === undefined ? undefined : places.get(via));
  return <text class="ms" x={x} y={y}>{Math.round(ms)} ms</text>;
}

interface NodeProps {
  readonly id: number;
  readonly place: Place;
  readonly room: Room;
  readonly isAway: boolean;
}

function Node({ id, place: { x, y, opacity }, room, isAway }: NodeProps): JSX.Element {
  const name = nameOf(room, id);
  const count = room.members.length + 1;
  const radius = nodeRadius(count);
  return (
    <g
      class={`node color-${colorOf(room, id)}`}
      data-node={id}
      data-mine={id === room.myId}
      data-away={isAway}
      opacity={opacity}
      transform={`translate(${x.toFixed(1)} ${y.toFixed(1)})`}
    >
      <circle r={radius.toFixed(1)} />
      {count <= NAMED_MEMBERS_MAX && (
        <>
          <text class="initials">{initialsOf(name)}</text>
          <text class="name" y={y < MIDDLE_Y ? -radius - 13 : radius + 15}>{shorten(name)}</text>
        </>
      )}
    </g>
  );
}

function shorten(name: string): string {
  const letters = [...name];
  return letters.length > 14 ? `${letters.slice(0, 13).join("")}…` : name;
}

function Legend(
  { kind, children }: { readonly kind: Link["channel"]; readonly children: string },
): JSX.Element {
  return (
    <span>
      <svg viewBox="0 0 26 8" aria-hidden="true">
        <path class="line" data-channel={kind} d="M1 4H25" />
      </svg>
      {children}
    </span>
  );
}

/** The same facts as a table, of which a screen reader can make more than of a picture. */
export function MeshTable({ room }: { readonly room: Room }): JSX.Element {
  return (
    <details class="facts">
      <summary>All connections as a table</summary>
      <table>
        <thead>
          <tr>
            <th scope="col">Between</th>
            <th scope="col">How</th>
            <th scope="col">Round trip</th>
          </tr>
        </thead>
        <tbody>
          {linksIn(room).map((link) => (
            <tr key={`${link.a} ${link.b}`}>
              <th scope="row">{nameOf(room, link.a)} – {nameOf(room, link.b)}</th>
              <td>{sentenceOf(link, (id) => nameOf(room, id))}</td>
              <td>{link.ms === undefined || link.away ? "–" : `${Math.round(link.ms)} ms`}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

function summaryOf(room: Room, links: readonly Link[]): string {
  const names = [room.myId, ...room.members.map(({ id }) => id)].map((id) => titleOf(room, id));
  const count = links.length === 1 ? "1 connection" : `${links.length} connections`;
  return `Members: ${names.join(", ")}. ${count}, which the table below lists.`;
}
