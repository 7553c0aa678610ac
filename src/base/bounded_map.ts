// Limits the size of a map: a new entry evicts the oldest one.
// @sansio

/** Sets an entry as the newest one, and deletes the oldest entries beyond `max`. */
export function setNewest<Key, Value>(
  map: Map<Key, Value>,
  key: Key,
  value: Value,
  max: number,
): void {
  map.delete(key);
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= max) return;
    map.delete(oldest);
  }
}
