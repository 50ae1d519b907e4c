// SPDX-License-Identifier: MIT
#include "confine.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flow/base/arena.h"
#include "flow/base/file.h"
#include "flow/base/str.h"

// What programs need of the machine, wherever it exists. /opt, /nix and /gnu hold toolchains.
static const char *const system_folders[] = {
    "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc", "/opt", "/nix", "/gnu",
};

// Secrets of the machine. Most are unreadable for an ordinary user anyway, but not for root in a container.
static const char *const system_secrets[] = {
    "/etc/shadow",
    "/etc/shadow-",
    "/etc/gshadow",
    "/etc/gshadow-",
    "/etc/security/opasswd",
    "/etc/sudoers",
    "/etc/sudoers.d",
    "/etc/ssh",
    "/etc/ssl/private",
    "/etc/pki/private",
    "/etc/krb5.keytab",
    "/etc/wireguard",
    "/etc/ppp",
    "/etc/openvpn",
    "/etc/NetworkManager",
    "/etc/netplan",
    "/etc/wpa_supplicant",
    "/etc/letsencrypt",
    "/etc/docker",
    "/etc/kubernetes",
    "/etc/flow",
    "/etc/gitconfig",
};

// Credentials of a person, below the home folder, and what flow knows of that person's work.
static const char *const home_secrets[] = {
    ".ssh",
    ".gnupg",
    ".aws",
    ".azure",
    ".kube",
    ".docker",
    ".netrc",
    ".authinfo",
    ".authinfo.gpg",
    ".git-credentials",
    ".gitconfig",
    ".config/git",
    ".config/gh",
    ".config/hub",
    ".config/glab-cli",
    ".config/tea",
    ".config/gcloud",
    ".config/containers",
    ".config/rclone",
    ".config/op",
    ".config/sops",
    ".config/flow",
    ".local/state/flow",
    ".local/share/keyrings",
    ".password-store",
    ".pki",
    ".mozilla",
    ".config/chromium",
    ".config/google-chrome",
    ".cargo/credentials",
    ".cargo/credentials.toml",
    ".npmrc",
    ".yarnrc",
    ".yarnrc.yml",
    ".pypirc",
    ".config/pip",
    ".m2/settings.xml",
    ".m2/settings-security.xml",
    ".gradle/gradle.properties",
    ".gem/credentials",
    ".terraform.d",
    ".terraformrc",
    ".vault-token",
    ".pgpass",
    ".my.cnf",
    ".bash_history",
    ".zsh_history",
    ".python_history",
    ".node_repl_history",
};

// In the git directory: the ledger, and settings that hold addresses with passwords.
static const char *const git_secrets[] = {"flow", "config"};

// Of limits.memory, what each of the folders in memory may take.
#define MEMORY_SHARE 4

// In the order in which those of one path are made: what is named covers what is there anyway.
enum kind { MEMORY, LINK, READ, WRITE, PROC, DEV, MASK };

struct mount {
    enum kind kind;
    const char *path;
    const char *real; // without symbolic links; of READ and WRITE
};

struct plan {
    const struct flow_sandbox *sandbox;
    const char *empty;
    struct flow_arena arena;
    struct mount *mounts;
    size_t count, cap;
    struct flow_strv secrets; // absolute, without symbolic links where they exist
};

static int add_mount(struct plan *plan, enum kind kind, const char *path, const char *real,
                     struct flow_error *err)
{
    if (flow_grow(&plan->mounts, &plan->cap, plan->count + 1, sizeof *plan->mounts, err))
        return -1;
    struct mount mount = {kind, flow_arena_str(&plan->arena, path),
                          real ? flow_arena_str(&plan->arena, real) : NULL};
    if (!mount.path || (real && !mount.real))
        return flow_error_nomem(err);
    plan->mounts[plan->count++] = mount;
    return 0;
}

// Whether path is folder or lies in it.
static bool is_within(const char *path, const char *folder)
{
    size_t len = strlen(folder);
    while (len > 0 && folder[len - 1] == '/')
        len--;
    return strncmp(path, folder, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

static int add_system(struct plan *plan, struct flow_error *err)
{
    int result = 0;
    struct stat st;
    for (size_t i = 0; result == 0 && i < sizeof system_folders / sizeof *system_folders; i++) {
        const char *path = system_folders[i];
        if (lstat(path, &st) != 0)
            continue;
        result = add_mount(plan, S_ISLNK(st.st_mode) ? LINK : READ, path, path, err);
    }
    if (result == 0)
        result = add_mount(plan, PROC, "/proc", NULL, err);
    if (result == 0)
        result = add_mount(plan, DEV, "/dev", NULL, err);
    if (result == 0)
        result = add_mount(plan, MEMORY, "/dev/shm", NULL, err);
    if (result == 0)
        result = add_mount(plan, MEMORY, "/tmp", NULL, err);
    if (result == 0)
        result = add_mount(plan, MEMORY, "/var/tmp", NULL, err);
    return result;
}

// The addresses of name servers stand in a file that is often a link to somewhere in /run.
static int add_resolver(struct plan *plan, struct flow_error *err)
{
    char real[PATH_MAX];
    if (!plan->sandbox->network || !realpath("/etc/resolv.conf", real) || is_within(real, "/etc"))
        return 0;
    return add_mount(plan, READ, real, real, err);
}

static int refuse(const char *path, const char *secret, struct flow_error *err)
{
    return flow_error_set(err, FLOW_E_REFUSED,
                          "'%s' is never shown to a command: '%s' holds credentials; name other folders",
                          path, secret);
}

static int add_bind(struct plan *plan, enum kind kind, const char *path, struct flow_error *err)
{
    char real[PATH_MAX];
    struct flow_buf clean;
    if (path[0] != '/')
        return flow_error_set(err, FLOW_E_INVALID, "'%s' cannot be shown to a command: not an absolute path",
                              path);
    if (path[strspn(path, "/.")] == '\0')
        return flow_error_set(err, FLOW_E_REFUSED,
                              "'%s' is the whole machine: name the folders that a command needs", path);
    if (!realpath(path, real)) {
        if (kind == READ)
            return 0;
        return flow_error_set(err, FLOW_E_NOT_FOUND, "no folder '%s' for a command to write in", path);
    }
    for (size_t i = 0; i < plan->secrets.count; i++) {
        if (is_within(real, plan->secrets.items[i]))
            return refuse(path, plan->secrets.items[i], err);
    }
    flow_buf_init(&clean, FLOW_BUF_LINE);
    flow_path_join(&clean, path, "");
    int result = clean.failed ? flow_error_nomem(err) : add_mount(plan, kind, clean.data, real, err);
    flow_buf_release(&clean);
    return result;
}

static int add_binds(struct plan *plan, enum kind kind, const char *const *paths, struct flow_error *err)
{
    for (; paths && *paths; paths++) {
        if (add_bind(plan, kind, *paths, err))
            return -1;
    }
    return 0;
}

// A secret in a folder that is shown, at the path where it would be seen.
static int add_mask(struct plan *plan, const struct mount *shown, const char *below, struct flow_error *err)
{
    struct stat st;
    struct flow_buf path;
    flow_buf_init(&path, FLOW_BUF_LINE);
    flow_path_join(&path, shown->path, below);
    int result = path.failed ? flow_error_nomem(err) : 0;
    if (result == 0 && lstat(path.data, &st) == 0)
        result = add_mount(plan, MASK, path.data, NULL, err);
    flow_buf_release(&path);
    return result;
}

static int add_git_masks(struct plan *plan, const struct mount *shown, struct flow_error *err)
{
    const char *folder = strcmp(flow_path_base(shown->path), ".git") == 0 ? "" : ".git/";
    int result = 0;
    struct flow_buf below;
    flow_buf_init(&below, FLOW_BUF_LINE);
    for (size_t i = 0; result == 0 && i < sizeof git_secrets / sizeof *git_secrets; i++) {
        flow_buf_clear(&below);
        flow_buf_printf(&below, "%s%s", folder, git_secrets[i]);
        result = below.failed ? flow_error_nomem(err) : add_mask(plan, shown, below.data, err);
    }
    flow_buf_release(&below);
    return result;
}

static int add_masks(struct plan *plan, struct flow_error *err)
{
    size_t count = plan->count;
    for (size_t i = 0; i < count; i++) {
        struct mount shown = plan->mounts[i];
        if (shown.kind != READ && shown.kind != WRITE)
            continue;
        if (add_git_masks(plan, &shown, err))
            return -1;
        for (size_t k = 0; k < plan->secrets.count; k++) {
            const char *secret = plan->secrets.items[k];
            if (is_within(secret, shown.real) && add_mask(plan, &shown, secret + strlen(shown.real) + 1, err))
                return -1;
        }
    }
    return 0;
}

static int add_secret(struct plan *plan, const char *folder, const char *name, struct flow_error *err)
{
    char real[PATH_MAX];
    struct flow_buf path;
    flow_buf_init(&path, FLOW_BUF_LINE);
    flow_path_join(&path, folder, name);
    int result = path.failed ? flow_error_nomem(err) : flow_strv_add(&plan->secrets, path.data, err);
    // Where it is a link, what it leads to is no less secret.
    if (result == 0 && realpath(path.data, real) && strcmp(real, path.data) != 0)
        result = flow_strv_add(&plan->secrets, real, err);
    flow_buf_release(&path);
    return result;
}

static int find_secrets(struct plan *plan, const char *home, struct flow_error *err)
{
    int result = 0;
    for (size_t i = 0; result == 0 && i < sizeof system_secrets / sizeof *system_secrets; i++)
        result = add_secret(plan, system_secrets[i], "", err);
    for (size_t i = 0; home && result == 0 && i < sizeof home_secrets / sizeof *home_secrets; i++)
        result = add_secret(plan, home, home_secrets[i], err);
    for (const char *const *hide = plan->sandbox->hide; hide && *hide && result == 0; hide++)
        result = add_secret(plan, *hide, "", err);
    return result;
}

// A folder before what lies in it, so that neither covers the other; of one path, the last counts: what is
// both read and written is written.
static int compare_mounts(const void *a, const void *b)
{
    const struct mount *left = a, *right = b;
    int order = strcmp(left->path, right->path);
    return order != 0 ? order : (int)left->kind - (int)right->kind;
}

static void put_memory(struct flow_words *out, const struct plan *plan, const char *path)
{
    uint64_t memory = plan->sandbox->limits.memory;
    flow_words_adds(out, (const char *const[]){"--perms", "1777", NULL});
    if (memory > 0) {
        flow_words_add(out, "--size");
        flow_words_addf(out, "%llu", (unsigned long long)(memory / MEMORY_SHARE) + 1);
    }
    flow_words_adds(out, (const char *const[]){"--tmpfs", path, NULL});
}

static void put_mask(struct flow_words *out, const char *path, const char *empty)
{
    struct stat st;
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
        flow_words_adds(out, (const char *const[]){"--perms", "0555", "--size", "4096", "--tmpfs", path,
                                                   "--remount-ro", path, NULL});
        return;
    }
    flow_words_adds(out, (const char *const[]){"--ro-bind", empty, path, NULL});
}

static void put_mount(struct flow_words *out, const struct plan *plan, const struct mount *mount)
{
    char target[PATH_MAX];
    ssize_t len;
    switch (mount->kind) {
    case LINK:
        len = readlink(mount->path, target, sizeof target - 1);
        if (len <= 0)
            return;
        target[len] = '\0';
        flow_words_adds(out, (const char *const[]){"--symlink", target, mount->path, NULL});
        return;
    case READ:
        flow_words_adds(out, (const char *const[]){"--ro-bind", mount->real, mount->path, NULL});
        return;
    case WRITE:
        flow_words_adds(out, (const char *const[]){"--bind", mount->real, mount->path, NULL});
        return;
    case MEMORY:
        put_memory(out, plan, mount->path);
        return;
    case PROC:
        flow_words_adds(out, (const char *const[]){"--proc", "/proc", NULL});
        return;
    case DEV:
        flow_words_adds(out, (const char *const[]){"--dev", "/dev", NULL});
        return;
    case MASK:
        put_mask(out, mount->path, plan->empty);
        return;
    }
}

static int make_plan(struct plan *plan, const char *home, struct flow_error *err)
{
    const struct flow_sandbox *sandbox = plan->sandbox;
    if (find_secrets(plan, home, err) || add_system(plan, err) || add_resolver(plan, err))
        return -1;
    if (home && strcmp(home, "/") != 0 && add_mount(plan, MEMORY, home, NULL, err))
        return -1;
    if (add_binds(plan, READ, sandbox->read, err) || add_binds(plan, WRITE, sandbox->write, err) ||
        add_masks(plan, err))
        return -1;
    qsort(plan->mounts, plan->count, sizeof *plan->mounts, compare_mounts);
    return 0;
}

int flow_confine(struct flow_words *out, const struct flow_sandbox *sandbox, const char *home,
                 const char *empty, struct flow_error *err)
{
    struct plan plan = {.sandbox = sandbox, .empty = empty};
    flow_arena_init(&plan.arena);
    flow_strv_init(&plan.secrets);
    int result = make_plan(&plan, home, err);
    // A session of its own: no terminal that it could type into.
    flow_words_adds(out, (const char *const[]){"bwrap", "--unshare-all", "--die-with-parent", "--new-session",
                                               "--cap-drop", "ALL", NULL});
    if (sandbox->network)
        flow_words_add(out, "--share-net");
    for (size_t i = 0; result == 0 && i < plan.count; i++)
        put_mount(out, &plan, &plan.mounts[i]);
    flow_words_adds(out, (const char *const[]){"--dir", "/run", "--remount-ro", "/dev", "--remount-ro", "/",
                                               "--chdir", sandbox->dir, NULL});
    free(plan.mounts);
    flow_strv_release(&plan.secrets);
    flow_arena_release(&plan.arena);
    return result;
}
