// What a C++ file can hold.
#include "sample.hpp"
#include <vector>
#include "deep/other.h"
import std;

#define LIMIT 10
#if defined(_WIN32) && __cplusplus >= 201703L
#include "windows_only.h"
#else
#include <unistd.h>
#endif

using namespace std;
using std::string;
using Callback = void (*)(Node *);
template <typename T> using Ptr = std::unique_ptr<T>;
typedef struct {
    int *raw;
} plain_t;

namespace outer::inner {
namespace {
int hidden = 1;
}

enum class Colour : int { Red, Green = 2 };
enum Old { A, B };

class Forward;

template <typename T, int N = 3>
class Node final : public Base, private Other<T> {
public:
    using Self = Node<T>;
    static constexpr int kDepth = 4;
    explicit Node(T *value);
    Node(const Node &) = delete;
    ~Node();
    virtual int size() const = 0;
    int count() const { return count_; }
    template <typename U> void push(U &&value);
    Node &operator=(const Node &other);
    operator bool() const { return true; }
    friend class Friend;

protected:
    struct Slot {
        Node *next;
        union {
            char *text;
            long number;
        };
    };
    enum { kLocal = 3 };

private:
    Node *next_, **slots_[4];
    Node &reference_;
    std::unique_ptr<Node> owned_;
    std::vector<Node *> many_;
    const char *name_ = nullptr;
    int (*visit_)(Node *, void *);
    std::function<void(Node *)> callback_;
    mutable int count_{0};
    static Node *global_;
    T &&moved_;
};

template <typename T, int N> Node<T, N>::Node(T *value) : next_(nullptr)
{
    int local = 1;
    struct Scratch {
        char *bytes;
    };
    auto lambda = [&](int x) { return x; };
}

template <typename T, int N> Node<T, N> &Node<T, N>::operator=(const Node &other)
{
    return *this;
}

int plain(int a, const char *b);
static int helper(int a) noexcept
{
    return a;
}
constexpr int square(int x) { return x * x; }
auto trailing(int x) -> int { return x; }
Node<int> *pointer() { return nullptr; }
} // namespace outer::inner

outer::inner::Node<int> *outer::inner::Node<int>::global_ = nullptr;
void outer::inner::Node<int>::method(int a) const {}
extern "C" int entry(void *argument) { return 0; }
extern "C" {
int second(void);
}
int global = 1;
const Info outer::Info::instance = {"sample"};
Selector Window::title;
template <> Value convert<Value>(Context &context)
{
    return {};
}
extern const char *const names[];
concept_like<int> value;
template <typename T> concept Small = sizeof(T) < 8;
class SAMPLE_EXPORT Guarded : public Base {
    Q_OBJECT
    Node<int> *first_ GUARDED_BY(mutex_);
    void lock() EXCLUSIVE_LOCK_FUNCTION();
};
struct Derived : Base {
    int *number;
    int inside = 3;
};
TEST(Suite, Name) { EXPECT_EQ(1, 1); }
int main(int argc, char **argv)
{
    return 0;
}
