#!/usr/bin/env node
// What a JavaScript file can hold.
"use strict";
import def, { one, two as three } from "./near.js";
import * as all from "../up/far";
import data from "./data.json" with { type: "json" };
export * from "./barrel";
export { renamed as other } from "./renamed";
const fs = require("fs");
const { join } = require("./common");
const lazy = () => import("./lazy");

export const LIMIT = 10;
let counter = 1,
  second;
var old = function named() {};

function plain(a, b = 1, ...rest) {
  const local = 1;
  function inner() {}
  class Scratch {}
}
export async function* later() {}
export default function () {}

export class Node extends Base {
  static count = 0;
  #secret = "x";
  parent;
  handler = () => {};
  constructor(name) {
    super();
    this.name = name;
  }
  get size() {
    return 1;
  }
  static create() {}
  #hide() {}
}

const Mixed = class extends Node {};
const object = {
  method() {},
  property: () => {},
};
Node.prototype.later = function () {};
module.exports = { plain, Node };
exports.other = plain;
export { counter, second as alias };
