import Room from "./room.jsx";

export default async function Page({ searchParams }) {
  const { key = "", name = "", signaling = "" } = await searchParams;
  return <Room room={key} name={name} signalingServer={signaling} />;
}
