// What a TypeScript file can hold.
import def, { one, two as three } from "./near";
import * as all from "../up/far.js";
import type { Shape } from "@scope/package/shape";
import "./side-effect.css";
import legacy = require("./legacy");
export * from "./barrel";
export { renamed as other } from "./renamed";
export type { Kind } from "./kind";
const lazy = () => import("./lazy");
const common = require("./common");
/// <reference path="./types.d.ts" />

export const LIMIT = 10;
const hidden: number = 1,
  second = 2;
export let counter: Node | null = null;
var old;
const { picked, other: taken } = all;

export type Alias = string | number;
type Mapped<T> = { [K in keyof T]: T[K] };
export type Options = {
  verbose: boolean;
  parent?: Options;
  nested: { deep: Node[] };
};

export enum Colour {
  Red,
  Green = "g",
}
declare const enum Flags {
  A = 1,
}

export interface Shape<T = unknown> extends Base {
  readonly name: string;
  area(): number;
  new (x: number): Shape;
  [key: string]: unknown;
  callback?: (node: Node) => void;
}

export abstract class Node<T> extends Base implements Shape {
  static count = 0;
  private parent: Node<T> | undefined;
  readonly #secret: string = "x";
  declare extra?: number;
  public children: Node<T>[] = [];
  handler = (event: Event) => {
    const inner = 1;
    return inner;
  };

  constructor(private readonly store: Store, name: string) {
    super();
  }
  get size(): number {
    return 1;
  }
  protected abstract draw(): void;
  static async create<U>(): Promise<U> {
    return null as never;
  }
  #hide() {}
}

export default class extends Node<string> {}

export function plain(a: number, ...rest: string[]): void {
  const local = 1;
  let other = 2;
  interface Scratch {
    at: number;
  }
  function inner() {}
}
export async function* later() {}
function overloaded(a: string): string;
function overloaded(a: unknown): unknown {
  return a;
}
export const arrow = async (x: number): Promise<number> => x;
const expression = function named() {};
declare function ambient(a: number): string;
declare module "external" {
  export const value: number;
}
export namespace Space.Inner {
  export const inside = 1;
}
declare global {
  interface Window {
    flow: number;
  }
}

@decorated({ x: 1 })
class Decorated {
  @input() value: string;
}

describe("a suite", () => {
  it("does a thing", () => {
    const local = 1;
  });
});
export { hidden, second as alias };
