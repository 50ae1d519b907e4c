// SPDX-License-Identifier: MIT
// Programs that do harm get nowhere. Where the machine lets nobody be confined, what only confinement stops
// is skipped, and the limits are tested all the same.
#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flow/base/file.h"
#include "flow/base/str.h"
#include "flow/build/sandbox.h"
#include "folder.h"
#include "group.h"
#include "unit.h"

enum { MIB = 1 << 20 };

// A home with secrets, a repository, and a build tree that may be written.
struct fixture {
    const char *argv[5];
    const char *read[4], *write[3];
    struct flow_buf home, repo, tree, script, out, err;
    struct flow_sandbox sandbox;
    struct flow_sandbox_result result;
    struct flow_error error;
    char marker[64];
};

static bool works; // whether commands can be confined here
static char why_not[sizeof((struct flow_error *)0)->message];

static void begin(struct fixture *f, void **state)
{
    static unsigned number;
    *f = (struct fixture){.argv = {"sh", "-c", NULL, f->marker, NULL}};
    struct flow_buf *all[] = {&f->home, &f->repo, &f->tree, &f->script, &f->out, &f->err};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        flow_buf_init(all[i], FLOW_BUF_TEXT);
    folder_write(state, "home/.ssh/id_ed25519", "SECRET");
    folder_write(state, "home/.cargo/credentials.toml", "SECRET");
    folder_write(state, "home/.cargo/config.toml", "declared");
    folder_write(state, "home/notes", "SECRET");
    folder_write(state, "repo/file", "source");
    folder_write(state, "repo/.git/flow/ledger.db", "SECRET");
    folder_write(state, "repo/.git/config", "SECRET");
    folder_write(state, "repo/.git/HEAD", "ref");
    folder_write(state, "tree/made", "before");
    setenv("HOME", folder_path(state, &f->home, "home"), 1);
    f->read[0] = folder_path(state, &f->repo, "repo");
    f->write[0] = folder_path(state, &f->tree, "tree");
    snprintf(f->marker, sizeof f->marker, "flow-sandbox-%ld-%u", (long)getpid(), number++);
    f->sandbox = (struct flow_sandbox){
        .argv = f->argv,
        .dir = f->write[0],
        .read = f->read,
        .write = f->write,
        .limits = {.seconds = 60, .memory = 512 * (uint64_t)MIB, .processes = 200, .disk = 64 * MIB},
        .out = &f->out,
        .err = &f->err,
    };
}

static void end(struct fixture *f)
{
    struct flow_buf *all[] = {&f->home, &f->repo, &f->tree, &f->script, &f->out, &f->err};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        flow_buf_release(all[i]);
}

static void run(struct fixture *f, const char *script)
{
    f->argv[2] = script;
    flow_buf_clear(&f->out);
    flow_buf_clear(&f->err);
    assert_ok(flow_sandbox_run(&f->sandbox, &f->result, &f->error), &f->error);
}

static void need_confinement(void)
{
    if (!works) {
        print_message("not tested: %s\n", why_not);
        skip();
    }
}

// Whether any process has the text among its arguments.
static bool is_running(const char *text)
{
    bool found = false;
    struct flow_buf path, words;
    flow_buf_init(&path, FLOW_BUF_LINE);
    flow_buf_init(&words, FLOW_BUF_TEXT);
    DIR *dir = opendir("/proc");
    assert_non_null(dir);
    for (struct dirent *entry; !found && (entry = readdir(dir));) {
        flow_buf_clear(&path);
        flow_buf_clear(&words);
        flow_buf_printf(&path, "/proc/%s/cmdline", entry->d_name);
        if (atol(entry->d_name) <= 0 || flow_file_read(path.data, &words, NULL) != 0)
            continue;
        for (size_t i = 0; i < words.len; i++) {
            if (words.data[i] == '\0')
                words.data[i] = ' ';
        }
        found = strstr(words.data, text) != NULL;
    }
    closedir(dir);
    flow_buf_release(&words);
    flow_buf_release(&path);
    return found;
}

static void expect_limit(const struct fixture *f, enum flow_limit limit)
{
    assert_int_equal(f->result.limit, limit);
    assert_int_equal(f->result.signal, SIGKILL);
    assert_int_equal(f->result.status, 128 + SIGKILL);
    assert_false(is_running(f->marker));
}

// Calls test for a confined command where that is possible, and for one that is not.
static void each_mode(void **state, void (*test)(struct fixture *f, void **state))
{
    for (int unconfined = !works; unconfined < 2; unconfined++) {
        struct fixture f;
        begin(&f, state);
        f.sandbox.unconfined = unconfined;
        test(&f, state);
        end(&f);
    }
}

static void status_and_output(struct fixture *f, void **state)
{
    (void)state;
    run(f, "echo out; echo err >&2; pwd; exit 7");
    assert_int_equal(f->result.limit, FLOW_LIMIT_NONE);
    assert_int_equal(f->result.status, 7);
    assert_int_equal(f->result.signal, 0);
    assert_true(flow_str_starts(f->out.data, "out\n/"));
    assert_true(flow_str_ends(f->out.data, "/tree\n"));
    assert_string_equal(f->err.data, "err\n");
    run(f, "kill -SEGV $$");
    assert_int_equal(f->result.signal, SIGSEGV);
    assert_int_equal(f->result.status, 128 + SIGSEGV);
    run(f, "cat made; echo after >made; cat made");
    assert_string_equal(f->out.data, "beforeafter\n");
}

static void test_status_and_output(void **state)
{
    each_mode(state, status_and_output);
}

static void environment(struct fixture *f, void **state)
{
    static const char *const env[] = {"FLOW_T_PASSED", "FLOW_T_UNSET", "FLOW_T_SET=a b", "LANG=C", NULL};
    (void)state;
    setenv("FLOW_T_PASSED", "yes", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "SECRET", 1);
    unsetenv("FLOW_T_UNSET");
    f->sandbox.env = env;
    run(f, "env | grep -v -e ^PWD= -e ^_= -e ^SHLVL= -e ^OLDPWD= | sed s/=.*// | sort | tr '\\n' ' '; echo "
           "\"$FLOW_T_PASSED $FLOW_T_SET $LANG\"");
    assert_null(strstr(f->out.data, "AWS"));
    assert_null(strstr(f->out.data, "FLOW_T_UNSET"));
    assert_non_null(strstr(f->out.data, "HOME "));
    assert_non_null(strstr(f->out.data, "PATH "));
    assert_true(flow_str_ends(f->out.data, "yes a b C\n"));
    unsetenv("AWS_SECRET_ACCESS_KEY");
    unsetenv("FLOW_T_PASSED");
}

static void test_environment(void **state)
{
    each_mode(state, environment);
}

static void forks(struct fixture *f, void **state)
{
    (void)state;
    // A real bomb where it cannot take the machine along.
    run(f, f->sandbox.unconfined ? "while :; do sleep 500 & done"
                                 : "bomb() { bomb | bomb & }; bomb; exec sleep 500");
    expect_limit(f, FLOW_LIMIT_PROCESSES);
}

// So fast that nobody has looked: root's group tells of it.
static void test_forks_and_ends(void **state)
{
    struct fixture f;
    begin(&f, state);
    if (getuid() != 0 || !flow_group_make(&f.script, "/proc/self/cgroup", "/sys/fs/cgroup", 10)) {
        end(&f);
        print_message("not tested: no control group can be made here\n");
        skip();
    }
    flow_group_remove(f.script.data);
    f.sandbox.unconfined = true;
    f.sandbox.limits.processes = 5;
    run(&f, "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23; do sleep 500 & done");
    expect_limit(&f, FLOW_LIMIT_PROCESSES);
    end(&f);
}

static void test_forks_without_end(void **state)
{
    each_mode(state, forks);
}

static void one_large_file(struct fixture *f, void **state)
{
    (void)state;
    run(f, "exec cat /dev/zero >large");
    expect_limit(f, FLOW_LIMIT_DISK);
}

static void many_files(struct fixture *f, void **state)
{
    (void)state;
    run(f, "i=0; mkdir d; while :; do head -c 1000000 /dev/zero >d/$i; i=$((i + 1)); done");
    expect_limit(f, FLOW_LIMIT_DISK);
}

static void files_without_a_name(struct fixture *f, void **state)
{
    (void)state;
    run(f, "for i in 1 2 3 4 5 6 7 8 9; do\n"
           "  (exec 3>gone$i; rm gone$i; head -c 20000000 /dev/zero >&3; sleep 60) &\n"
           "done; wait");
    expect_limit(f, FLOW_LIMIT_DISK);
}

static void test_one_large_file(void **state)
{
    each_mode(state, one_large_file);
}

static void test_many_files(void **state)
{
    each_mode(state, many_files);
}

static void test_files_without_a_name(void **state)
{
    each_mode(state, files_without_a_name);
}

// What is in memory is full when it is full.
static void test_temporary_files(void **state)
{
    struct fixture f;
    need_confinement();
    begin(&f, state);
    f.sandbox.limits.disk = 0;
    f.sandbox.limits.memory = 16 * MIB;
    run(&f, "for d in /tmp /dev/shm $HOME; do\n"
            "  cat /dev/zero >$d/x 2>/dev/null && exit 9\n"
            "  echo $(($(stat -c %s $d/x) / 1024 / 1024)); rm $d/x\n"
            "done; cat /dev/zero >/dev/x; cat /dev/zero >/x; cat /dev/zero >/run/x");
    assert_string_equal(f.out.data, "4\n4\n4\n");
    assert_int_not_equal(f.result.status, 0);
    end(&f);
}

// A server on the machine's own loopback, which a command that is not confined reaches.
static int listen_somewhere(unsigned *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(fd, 4) == 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

static void test_network(void **state)
{
    struct fixture f;
    unsigned port;
    need_confinement();
    begin(&f, state);
    int fd = listen_somewhere(&port);
    f.argv[0] = "bash";
    flow_buf_printf(&f.script, "exec 3<>/dev/tcp/127.0.0.1/%u && echo connected", port);
    run(&f, f.script.data);
    assert_string_equal(f.out.data, "");
    assert_int_not_equal(f.result.status, 0);
    // The fetch step has the network, and no secrets either.
    f.sandbox.network = true;
    run(&f, f.script.data);
    assert_string_equal(f.out.data, "connected\n");
    run(&f, "cat ~/.ssh/* ~/notes ~/.cargo/* .git/config; ls -A ~");
    assert_string_equal(f.out.data, "");
    close(fd);
    end(&f);
}

static void test_keys(void **state)
{
    static const char script[] = "cat $HOME/.ssh/id_ed25519 $HOME/.cargo/credentials.toml $HOME/notes "
                                 "$REPO/.git/flow/ledger.db $REPO/.git/config; cat $HOME/.cargo/config.toml";
    struct fixture f;
    struct flow_buf cargo, env;
    need_confinement();
    begin(&f, state);
    flow_buf_init(&cargo, FLOW_BUF_LINE);
    flow_buf_init(&env, FLOW_BUF_LINE);
    flow_buf_printf(&env, "REPO=%s", f.repo.data);
    const char *const vars[] = {env.data, NULL};
    f.sandbox.env = vars;
    f.read[1] = folder_path(state, &cargo, "home/.cargo");
    run(&f, script);
    assert_string_equal(f.out.data, "declared");
    run(&f, "wc -c <$REPO/.git/config");
    assert_string_equal(f.out.data, "0\n");
    // Nor where all of the home is declared.
    f.read[1] = f.home.data;
    run(&f, script);
    assert_string_equal(f.out.data, "SECRETdeclared"); // the notes, which are no credentials
    f.sandbox.unconfined = true;
    run(&f, script);
    assert_string_equal(f.out.data, "SECRETSECRETSECRETSECRETSECRETdeclared");
    flow_buf_release(&env);
    flow_buf_release(&cargo);
    end(&f);
}

static void test_credentials_cannot_be_named(void **state)
{
    struct fixture f;
    struct flow_buf path, to;
    begin(&f, state);
    flow_buf_init(&path, FLOW_BUF_LINE);
    flow_buf_init(&to, FLOW_BUF_LINE);
    f.argv[2] = "true";
    f.read[1] = folder_path(state, &path, "home/.ssh");
    assert_err(flow_sandbox_run(&f.sandbox, &f.result, &f.error), &f.error, FLOW_E_REFUSED);
    folder_path(state, &to, "repo/link");
    assert_int_equal(symlink(path.data, to.data), 0);
    f.read[1] = to.data;
    assert_err(flow_sandbox_run(&f.sandbox, &f.result, &f.error), &f.error, FLOW_E_REFUSED);
    f.read[1] = "/";
    assert_err(flow_sandbox_run(&f.sandbox, &f.result, &f.error), &f.error, FLOW_E_REFUSED);
    f.read[1] = "relative";
    assert_err(flow_sandbox_run(&f.sandbox, &f.result, &f.error), &f.error, FLOW_E_INVALID);
    f.read[1] = NULL;
    f.write[1] = folder_path(state, &path, "no such folder");
    assert_err(flow_sandbox_run(&f.sandbox, &f.result, &f.error), &f.error, FLOW_E_NOT_FOUND);
    flow_buf_release(&to);
    flow_buf_release(&path);
    end(&f);
}

static void test_hidden(void **state)
{
    struct fixture f;
    struct flow_buf file, folder;
    need_confinement();
    begin(&f, state);
    flow_buf_init(&file, FLOW_BUF_LINE);
    flow_buf_init(&folder, FLOW_BUF_LINE);
    folder_write(state, "tree/private/key", "SECRET");
    folder_write(state, "tree/token", "SECRET");
    const char *const hide[] = {folder_path(state, &file, "tree/token"),
                                folder_path(state, &folder, "tree/private"), NULL};
    f.sandbox.hide = hide;
    run(&f, "cat token private/key; echo x >token; echo y >private/other; cat made");
    assert_string_equal(f.out.data, "before");
    f.sandbox.unconfined = true;
    run(&f, "cat token private/key; ls private");
    assert_string_equal(f.out.data, "SECRETSECRETkey\n");
    flow_buf_release(&folder);
    flow_buf_release(&file);
    end(&f);
}

static void test_writes_elsewhere(void **state)
{
    struct fixture f;
    struct flow_buf env;
    need_confinement();
    begin(&f, state);
    flow_buf_init(&env, FLOW_BUF_LINE);
    flow_buf_printf(&env, "REPO=%s", f.repo.data);
    const char *const vars[] = {env.data, NULL};
    f.sandbox.env = vars;
    run(&f, "cat $REPO/file\n"
            "for f in $REPO/new $REPO/file $REPO/.git/hook /usr/flow-sandbox-test /etc/flow-sandbox-test "
            "/opt/flow-sandbox-test /var/flow-sandbox-test /flow-sandbox-test; do\n"
            "  if (echo x >$f) 2>/dev/null; then echo \"wrote $f\"; fi\n"
            "done; rm -rf $REPO/file; ls $REPO/..; echo x >inside; ln -s $REPO/file link; echo y >link\n"
            "echo z >/tmp/flow-sandbox-tmp");
    assert_string_equal(f.out.data, "sourcehome\nrepo\ntree\n");
    assert_false(flow_path_exists("/tmp/flow-sandbox-tmp"));
    flow_buf_clear(&f.out);
    flow_path_join(&env, f.repo.data, "file");
    assert_ok(flow_file_read(env.data, &f.out, &f.error), &f.error);
    assert_string_equal(f.out.data, "source");
    flow_path_join(&env, f.tree.data, "inside");
    assert_true(flow_path_exists(env.data));
    flow_buf_release(&env);
    end(&f);
}

// The build tree in the repository.
static void test_written_in_read(void **state)
{
    struct fixture f;
    struct flow_buf path;
    need_confinement();
    begin(&f, state);
    flow_buf_init(&path, FLOW_BUF_LINE);
    folder_write(state, "repo/build/made", "");
    f.write[0] = folder_path(state, &path, "repo/build");
    f.sandbox.dir = f.write[0];
    run(&f, "echo x >made && echo y >../file");
    assert_int_not_equal(f.result.status, 0);
    flow_path_join(&f.script, path.data, "made");
    flow_buf_clear(&f.out);
    assert_ok(flow_file_read(f.script.data, &f.out, &f.error), &f.error);
    assert_string_equal(f.out.data, "x\n");
    flow_buf_release(&path);
    end(&f);
}

static void output(struct fixture *f, void **state)
{
    (void)state;
    f->out.max = MIB;
    run(f, "exec cat /dev/zero");
    expect_limit(f, FLOW_LIMIT_OUTPUT);
    assert_true(f->out.len <= MIB);
}

static void test_endless_output(void **state)
{
    each_mode(state, output);
}

static void memory(struct fixture *f, void **state)
{
    (void)state;
    f->sandbox.limits.memory = 100 * MIB;
    // tail keeps a last line of any length.
    run(f, "head -c 5000000000 /dev/zero | tail");
    expect_limit(f, FLOW_LIMIT_MEMORY);
    assert_true(f->result.memory > 100 * MIB);
}

static void test_eats_memory(void **state)
{
    each_mode(state, memory);
}

static void deaf(struct fixture *f, void **state)
{
    (void)state;
    f->sandbox.limits.seconds = 0.4;
    run(f, "trap '' TERM INT HUP; while :; do sleep 1; done");
    expect_limit(f, FLOW_LIMIT_TIME);
}

static void test_ignores_signals(void **state)
{
    each_mode(state, deaf);
}

static void left_behind(struct fixture *f, void **state)
{
    (void)state;
    flow_buf_clear(&f->script);
    flow_buf_printf(&f->script,
                    "setsid sh -c 'sleep 500; : %s' >/dev/null 2>&1 &\n"
                    "(setsid sh -c 'trap \"\" TERM HUP; sleep 500; : %s' >/dev/null 2>&1 &)\n"
                    "sleep 0.2; echo started",
                    f->marker, f->marker);
    run(f, f->script.data);
    assert_int_equal(f->result.limit, FLOW_LIMIT_NONE);
    assert_string_equal(f->out.data, "started\n");
    assert_false(is_running(f->marker));
}

static void test_leaves_processes_behind(void **state)
{
    each_mode(state, left_behind);
}

static void test_confined_see_each_other_only(void **state)
{
    struct fixture f;
    need_confinement();
    begin(&f, state);
    flow_buf_printf(&f.script,
                    "env -i setsid sh -c 'sleep 500; : %s' >/dev/null 2>&1 & kill -9 %ld; "
                    "kill -9 -1; ls /proc/%ld/fd",
                    f.marker, (long)getpid(), (long)getpid());
    run(&f, f.script.data);
    assert_string_equal(f.out.data, "");
    assert_false(is_running(f.marker));
    end(&f);
}

static void cancelled(struct fixture *f, void **state)
{
    atomic_bool cancel = true;
    (void)state;
    f->argv[2] = "sleep 500";
    f->sandbox.cancel = &cancel;
    assert_err(flow_sandbox_run(&f->sandbox, &f->result, &f->error), &f->error, FLOW_E_INTERRUPTED);
    assert_false(is_running(f->marker));
}

static void test_cancel(void **state)
{
    each_mode(state, cancelled);
}

static void hear(void *payload, int fd, const char *bytes, size_t len)
{
    if (fd == 1)
        flow_buf_add(payload, bytes, len);
}

static void heard(struct fixture *f, void **state)
{
    struct flow_buf heard;
    (void)state;
    flow_buf_init(&heard, FLOW_BUF_TEXT);
    f->sandbox.heard = hear;
    f->sandbox.payload = &heard;
    run(f, "echo one; echo other >&2; echo two");
    assert_string_equal(heard.data, "one\ntwo\n");
    f->sandbox.out = f->sandbox.err = NULL;
    run(f, "echo one; exit 3");
    assert_int_equal(f->result.status, 3);
    flow_buf_release(&heard);
}

static void test_output_is_heard(void **state)
{
    each_mode(state, heard);
}

static void test_what_bubblewrap_says(void **state)
{
    struct fixture f;
    need_confinement();
    begin(&f, state);
    f.argv[2] = "true";
    f.sandbox.dir = folder_path(state, &f.script, "home/.cargo");
    assert_err(flow_sandbox_run(&f.sandbox, &f.result, &f.error), &f.error, FLOW_E_ENV);
    assert_non_null(strstr(f.error.message, "bubblewrap cannot confine 'sh': Can't chdir"));
    f.sandbox.dir = f.write[0];
    f.argv[0] = "no-such-program";
    assert_ok(flow_sandbox_run(&f.sandbox, &f.result, &f.error), &f.error);
    assert_int_equal(f.result.status, 127);
    f.argv[0] = "sh";
    run(&f, "echo 'bwrap: not at all'; exit 1");
    assert_int_equal(f.result.status, 1);
    end(&f);
}

static void test_check_without_programs(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;
    char *path = strdup(getenv("PATH"));
    assert_non_null(path);
    setenv("PATH", *state, 1);
    assert_err(flow_sandbox_check(&err), &err, FLOW_E_NOT_FOUND);
    assert_non_null(strstr(err.message, "'bwrap'"));
    assert_non_null(strstr(err.message, "--no-sandbox"));
    setenv("PATH", path, 1);
    free(path);
}

// A machine that does not let us: bwrap fails there in its own words.
static void test_check_where_it_does_not_work(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_buf path, bwrap;
    flow_buf_init(&path, FLOW_BUF_LINE);
    flow_buf_init(&bwrap, FLOW_BUF_LINE);
    folder_write(state, "bwrap",
                 "#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n");
    assert_int_equal(chmod(folder_path(state, &bwrap, "bwrap"), 0755), 0);
    char *old = strdup(getenv("PATH"));
    assert_non_null(old);
    flow_buf_printf(&path, "%s:%s", (char *)*state, old);
    setenv("PATH", path.data, 1);
    assert_err(flow_sandbox_check(&err), &err, FLOW_E_ENV);
    assert_non_null(strstr(err.message, "No permissions to create new namespace"));
    assert_non_null(strstr(err.message, "--no-sandbox"));
    setenv("PATH", old, 1);
    free(old);
    flow_buf_release(&bwrap);
    flow_buf_release(&path);
}

// Where no group can be made nothing is left behind.
static void test_no_control_group(void **state)
{
    struct flow_buf self, root, out;
    flow_buf_init(&self, FLOW_BUF_LINE);
    flow_buf_init(&root, FLOW_BUF_LINE);
    flow_buf_init(&out, FLOW_BUF_LINE);
    folder_write(state, "self", "9:name=systemd:/\n8:pids:/a/b\n0::/c/d\n");
    folder_write(state, "root/pids/a/b/cgroup.procs", "");
    folder_write(state, "root/c/d/cgroup.procs", "");
    folder_path(state, &self, "self");
    assert_false(flow_group_make(&out, self.data, folder_path(state, &root, "root"), 100));
    assert_int_equal(out.len, 0);
    folder_path(state, &root, "root/pids/a/b/cgroup.procs");
    assert_ok(unlink(root.data), &(struct flow_error){.message = "cgroup.procs"});
    assert_int_equal(rmdir(folder_path(state, &root, "root/pids/a/b")), 0);
    assert_false(flow_group_make(&out, "/no such file", root.data, 100));
    flow_buf_release(&out);
    flow_buf_release(&root);
    flow_buf_release(&self);
}

static void test_names(void **state)
{
    (void)state;
    assert_null(flow_limit_name(FLOW_LIMIT_NONE));
    assert_string_equal(flow_limit_name(FLOW_LIMIT_DISK), "disk");
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, folder_setup, folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_status_and_output),
        IN_FOLDER(test_environment),
        IN_FOLDER(test_forks_without_end),
        IN_FOLDER(test_forks_and_ends),
        IN_FOLDER(test_one_large_file),
        IN_FOLDER(test_many_files),
        IN_FOLDER(test_files_without_a_name),
        IN_FOLDER(test_temporary_files),
        IN_FOLDER(test_network),
        IN_FOLDER(test_keys),
        IN_FOLDER(test_credentials_cannot_be_named),
        IN_FOLDER(test_hidden),
        IN_FOLDER(test_writes_elsewhere),
        IN_FOLDER(test_written_in_read),
        IN_FOLDER(test_endless_output),
        IN_FOLDER(test_eats_memory),
        IN_FOLDER(test_ignores_signals),
        IN_FOLDER(test_leaves_processes_behind),
        IN_FOLDER(test_confined_see_each_other_only),
        IN_FOLDER(test_cancel),
        IN_FOLDER(test_output_is_heard),
        IN_FOLDER(test_what_bubblewrap_says),
        IN_FOLDER(test_check_without_programs),
        IN_FOLDER(test_check_where_it_does_not_work),
        IN_FOLDER(test_no_control_group),
        cmocka_unit_test(test_names),
    };
    struct flow_error err = FLOW_ERROR_INIT;
    works = flow_sandbox_check(&err) == 0;
    if (!works)
        memcpy(why_not, err.message, sizeof why_not);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
