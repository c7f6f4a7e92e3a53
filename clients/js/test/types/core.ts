// What compiles, and what must not.
import { connect, NestKVError, type Live } from "nestkv";

type UserID = string & { readonly brand: "user" };
type SessionID = string & { readonly brand: "session" };
interface User { name: string }

export async function used() {
  const client = connect("http://localhost:8080", { headers: async () => ({ authorization: "x" }), retry: false });
  const users = client.namespace<User, UserID>("myapp", "users");
  const ann = "ann" as UserID, session = "s" as SessionID;
  await users.set(ann, { name: "Ann" });
  const found: User | undefined = await users.get(ann);
  for await (const key of users.keys()) await users.get(key);
  const live: Live<User> = client.live<User>({ Namespace: ["myapp", "users"], Key: "ann" });
  const name: string | undefined = live.snapshot().value?.name;
  await client.update<number>("/ep/n", (now = 0) => now + 1, { attempts: 3 });
  for await (const { type, value } of client.watch<User>(["/a/+", "/b"], { snapshot: true })) if (type === "set") void value?.name;
  try { await client.create("/ep/a", 1, { ttl: "30s" }); }
  catch (error) { if (error instanceof NestKVError && error.outcome === "unknown") void error.currentETag; }

  // @ts-expect-error a key of another kind
  await users.get(session);
  // @ts-expect-error a plain string is no branded key
  await users.get("ann");
  // @ts-expect-error a value of another type
  await users.set(ann, { nam: "Ann" });
  // @ts-expect-error an option that doesn't exist
  await client.put("/ep/a", 1, { ifMtach: "x" });
  // @ts-expect-error only "*" is a condition of this kind
  await client.put("/ep/a", 1, { ifNoneMatch: "x" });
  // @ts-expect-error a number is no path
  await client.get(5);
  // @ts-expect-error a value that may be missing
  live.snapshot().value.name;
  // @ts-expect-error a snapshot is not changed
  live.snapshot().value = { name: "x" };
  // @ts-expect-error an unknown method
  await client.batch([{ method: "GET", path: "/a" }]);
  return [found, name];
}
