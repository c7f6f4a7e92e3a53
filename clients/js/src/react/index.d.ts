import type { FunctionComponent, ReactNode } from "react";
import type { Client, Dehydrated, Metadata, Path, Snapshot, State, Written } from "../index";

export const KVSProvider: FunctionComponent<{ client: Client; initial?: Dehydrated; children?: ReactNode }>;
export function useKVSClient(): Client;
export function useKVSValue<T = unknown>(key: Path): T | undefined;
export function useKVSEntry<T = unknown>(key: Path):
  { value: T | undefined; metadata: Metadata | undefined; status: Snapshot<T>["status"] | "absent"; pending: boolean; error: Error | undefined };
export function useKVSSelect<T, S>(key: Path, select: (value: T | undefined) => S, equal?: (a: S, b: S) => boolean): S;
export function useKVSSet<T = unknown>(key: Path): (value: T | ((now: T | undefined) => T)) => Promise<Written>;
export function useKVSStatus(): State;
