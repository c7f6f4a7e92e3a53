// What compiles in components, and what must not.
import { useKVSEntry, useKVSSelect, useKVSSet, useKVSValue } from "nestkv/react";

interface User { name: string }

export function Component() {
  const user = useKVSValue<User>({ Namespace: ["app", "users"], Key: "ann" });
  const size = useKVSSelect("/app/users/ann", (value: User | undefined) => value?.name.length ?? 0);
  const set = useKVSSet<User>("/app/users/ann");
  void set({ name: "Ann" });
  void set((now = { name: "" }) => ({ name: now.name + "!" }));
  const isAbsent = useKVSEntry<User>("/app/users/ann").status === "absent";
  // @ts-expect-error it may be missing
  user.name;
  // @ts-expect-error another type
  void set({ name: 5 });
  // @ts-expect-error not a status
  useKVSEntry("/a").status === "gone";
  return [size.toFixed(), isAbsent];
}
