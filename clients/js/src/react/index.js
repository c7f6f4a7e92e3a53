// Hooks on `useSyncExternalStore`.
import { createContext, createElement, useCallback, useContext, useRef, useSyncExternalStore } from "react";

const Context = createContext(undefined);

/** Gives a client to all components below. `initial` is what `dehydrate()` returned on the server. */
export function KVSProvider({ client, initial, children }) {
  const hydrated = useRef(undefined);
  if (initial && hydrated.current !== initial) {
    hydrated.current = initial;
    client.hydrate(initial);
  }
  return createElement(Context.Provider, { value: client }, children);
}

/** The client of the nearest `KVSProvider`. */
export function useKVSClient() {
  const client = useContext(Context);
  if (!client) throw new Error("There is no <KVSProvider client={…}> above this component");
  return client;
}

/** Its functions are the same in every render, whatever object names the path. */
function useSnapshot(key) {
  const live = useKVSClient().live(key);
  return useSyncExternalStore(live.subscribe, live.snapshot, live.serverSnapshot);
}

/** The value at a path; undefined while it is loaded, and if nothing is stored there. */
export const useKVSValue = key => useSnapshot(key).value;

/** The value with its metadata and what is known of it: "loading", "live", "absent", "offline", …. */
export function useKVSEntry(key) {
  const { value, metadata, status, error } = useSnapshot(key);
  const isAbsent = status === "live" && value === undefined;
  return { value, metadata, error, status: isAbsent ? "absent" : status, pending: false };
}

/** A part of a value. The component renders again only if the part differs by `equal`. */
export function useKVSSelect(key, select, equal = Object.is) {
  const live = useKVSClient().live(key);
  const kept = useRef({ isEmpty: true });
  const latest = useRef();
  const part = value => {
    const memo = kept.current;
    if (memo.value === value && memo.select === select && !memo.isEmpty) return memo.selected;
    const selected = select(value);
    const isSame = !memo.isEmpty && equal(memo.selected, selected);
    kept.current = { value, select, selected: isSame ? memo.selected : selected };
    return kept.current.selected;
  };
  latest.current = part;
  return useSyncExternalStore(live.subscribe, () => latest.current(live.snapshot().value),
    () => select(live.serverSnapshot().value));
}

/** A function that stores a value, or what a function makes of the current one. It resolves when the service has it. */
export function useKVSSet(key) {
  const client = useKVSClient();
  const { path } = client.live(key);
  return useCallback(value => typeof value === "function" ? client.update(path, value) : client.put(path, value),
    [client, path]);
}

/** What the connection is doing: "connecting", "live", "offline", "auth" or "stopped". */
export function useKVSStatus() {
  const client = useKVSClient();
  const subscribe = useCallback(listener => client.onStatus(listener), [client]);
  return useSyncExternalStore(subscribe, () => client.status(), () => "connecting");
}
