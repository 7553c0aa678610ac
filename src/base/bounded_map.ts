/**
 * Maps of limited size: a new entry evicts the oldest.
 *
 * @sansio
 * @module
 */

/** Sets an entry of a map, and makes it the newest; of more than `max`, the oldest are deleted. */
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
