// Package sample: what a Go file can hold.
//
//go:build linux && !cgo

package sample

import "fmt"
import (
	"example.org/root/deep/other"
	renamed "example.org/root/near"
	. "example.org/root/dot"
	_ "example.org/root/blank"
)

const Limit = 10
const (
	first, second = iota, 1
	Third
)

var global *Node
var (
	Counter, hidden int
	table           = map[string]int{}
)

type ID uint64
type Alias = other.Thing
type Visit func(*Node) error
type List[T any] struct {
	head *T
	next *List[T]
}

type Node struct {
	*Base
	other.Embedded
	Name, label string `json:"name"`
	next        *Node
	items       []*Node
	plain       []int
	byName      map[string]*Node
	visit       func(*Node) error
	signal      chan *Node
	double      **Node
	any         interface{}
	inner       struct {
		value *int
		deep  struct{ ptr *string }
	}
}

type Shape interface {
	Area() float64
	scale(by float64)
	fmt.Stringer
}

func New(name string) *Node {
	local := 1
	const inside = 2
	var also int
	type scratch struct {
		at *byte
	}
	return &Node{Name: name}
}

func (n *Node) Size() int { return len(n.items) }
func (n Node) hide()      {}
func (l *List[T]) Push(v T) {
	other.Call(v)
}

func Map[T, U any](in []T, f func(T) U) []U {
	return nil
}

func external(a int) int

func TestNode(t *testing.T) {
	t.Log(Limit)
}
func init() {}

var anonymous = struct{ path *string }{nil}
