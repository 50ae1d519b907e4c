//! What a Rust file can hold.
#![allow(dead_code)]
extern crate alloc;
extern crate serde as codec;

use std::collections::HashMap;
use crate::deep::{self, other::Thing, more::*};
use super::sibling as near;
use self::inner::Leaf;
pub use crate::deep::other;
use ::log::info;
use ripgrep_core::flags;

mod sibling;
pub(crate) mod deep;
#[cfg(test)]
mod tests;
#[path = "odd/place.rs"]
mod placed;

mod inner {
    pub struct Leaf {
        pub raw: *const u8,
    }
    pub fn shine() {}
}

pub const LIMIT: usize = 10;
static mut COUNTER: u32 = 0;
pub type Callback = fn(&mut Node<'_>) -> bool;
pub type Owned = Box<Node<'static>>;

#[derive(Debug, Clone)]
#[repr(C)]
pub struct Node<'a> {
    pub name: &'a str,
    next: Option<Box<Node<'a>>>,
    raw: *mut u8,
    shared: Rc<RefCell<Vec<u8>>>,
    maybe: Option<&'a mut Node<'a>>,
    visit: fn(&Node) -> u32,
    dynamic: Box<dyn Fn(&str) -> bool + 'a>,
    count: u32,
    list: Vec<*const u8>,
    pin: NonNull<Node<'a>>,
    pair: (u32, &'a u8),
    r#type: u8,
}

pub struct Wrapper(pub *mut Node<'static>, u32);
struct Unit;

pub union Bits {
    word: u32,
    bytes: *const u8,
}

pub enum Shape<'a> {
    Point,
    Circle { centre: &'a Node<'a>, radius: f64 },
    Named(&'a str, Box<Shape<'a>>),
}

pub trait Visit {
    const DEPTH: usize;
    type Output;
    fn visit(&self, node: &Node) -> Self::Output;
    fn done(&self) -> bool {
        true
    }
}

impl<'a> Node<'a> {
    pub const EMPTY: u32 = 0;
    pub fn new(name: &'a str) -> Self {
        const LOCAL: u32 = 3;
        struct Scratch {
            at: *mut u8,
        }
        let local = LOCAL;
        todo!()
    }
    fn hidden(&self) {}
}

impl<'a, T> Visit for deep::Holder<'a, T> {
    const DEPTH: usize = 1;
    type Output = ();
    fn visit(&self, node: &Node) {}
}

macro_rules! shout {
    ($x:expr) => {
        println!("{}", $x)
    };
}

extern "C" {
    pub fn strlen(text: *const u8) -> usize;
    static errno: i32;
}

#[no_mangle]
pub unsafe extern "C" fn entry(argument: *mut u8) -> i32 {
    0
}

pub async fn later() {}

#[cfg(unix)]
pub fn platform() {}
#[cfg(not(unix))]
pub fn platform() {}

fn check() {
    if cfg!(windows) {
        info!("x");
    }
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn adds() {
        assert_eq!(1 + 1, 2);
    }
}

include!("generated.rs");
const TEXT: &str = include_str!("text.txt");
