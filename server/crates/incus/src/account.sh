# Sets accounts from lines on the input: name, role, password, and so on.
# Runs in a lab machine as root, maybe while it is still booting.
set -u

# Some other program, such as one of the boot's, may hold the lock on the accounts.
try() {
  tries=0
  until "$@"; do
    tries=$((tries + 1))
    [ "$tries" -lt 20 ] || return 1
    sleep 0.3
  done
}

in_group() {
  case " $(id -nG "$1" 2>/dev/null) " in *" $2 "*) true ;; *) false ;; esac
}

has_group() { grep -q "^$1:" /etc/group; }

while IFS= read -r name && IFS= read -r role && IFS= read -r password; do
  if ! id "$name" >/dev/null 2>&1; then
    if has_group "$name"; then
      try useradd -m -s /bin/bash -g "$name" "$name" || exit 11
    else
      try useradd -m -s /bin/bash "$name" || exit 11
    fi
  fi
  for group in sudo wheel; do
    if [ "$role" = administrator ]; then
      if has_group "$group"; then
        in_group "$name" "$group" || try usermod -a -G "$group" "$name" || exit 12
        break
      fi
    elif in_group "$name" "$group"; then
      try gpasswd -d "$name" "$group" >/dev/null || exit 13
    fi
  done
  set_password() { printf '%s:%s\n' "$name" "$password" | chpasswd; }
  try set_password || exit 14
done

# A machine makes its host keys at its first boot, where its image knows how to. Otherwise they are
# made here, but not while the boot may be making them.
has_keys() {
  for key in /etc/ssh/ssh_host_*_key; do [ -s "$key" ] && return 0; done
  return 1
}
boots() {
  case $(systemctl is-system-running 2>/dev/null) in
    initializing | starting | '' | unknown | offline) [ -d /run/systemd ] ;;
    *) false ;;
  esac
}
if command -v ssh-keygen >/dev/null && [ -d /etc/ssh ]; then
  tries=0
  while ! has_keys && [ "$tries" -lt 100 ] && boots; do
    tries=$((tries + 1))
    sleep 0.2
  done
  if ! has_keys; then
    ssh-keygen -A >/dev/null || exit 15
    for unit in ssh sshd; do
      if systemctl -q is-enabled "$unit" 2>/dev/null; then
        systemctl --no-block restart "$unit" || exit 16
        break
      fi
    done
  fi
fi
exit 0
