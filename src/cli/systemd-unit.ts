const INSTALLED = '/usr/local/bin/keyward'

/** What a service under ProtectHome and PrivateTmp cannot see. */
const HIDDEN = /^\/(home|root|run\/user|tmp|var\/tmp)\//

/** @param executable null where Keyward runs from source. @returns where a service finds it. */
export function installedAt(executable: string | null): string {
  return executable === null || HIDDEN.test(executable) ? INSTALLED : executable
}

/** @param flags of `serve`, beside the data folder. */
export function systemdUnit(executable: string, flags: readonly string[]): string {
  const command = [executable, 'serve', '--data', '%S/keyward']
  // %S is a specifier of systemd; a % in what was given is not.
  const given = flags.map((flag) => quoted(flag).replaceAll('%', '%%'))
  return unit([...command.map(quoted), ...given].join(' '), quoted(executable))
}

// --- internal ---

/** systemd.syntax(7), "Quoting"; and $ begins a variable in ExecStart. */
function quoted(word: string): string {
  const escaped = word.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('$', '$$$$')
  return /^[\w@%+=:,./[\]-]+$/.test(word) ? word : `"${escaped}"`
}

function unit(command: string, executable: string): string {
  return `# Keyward as a service of systemd. Save it as /etc/systemd/system/keyward.service, then:
#   sudo useradd --system --no-create-home --shell /usr/sbin/nologin keyward
#   sudo systemctl daemon-reload && sudo systemctl enable --now keyward
# Its admin commands, with the server up or down:
#   sudo -u keyward ${executable} admin keys list --data /var/lib/keyward
# A user of its own and not DynamicUser: those commands need it while the service is stopped, too.

[Unit]
Description=Keyward, API keys
Wants=network-online.target
After=network-online.target

[Service]
ExecStart=${command}
User=keyward
Group=keyward
StateDirectory=keyward
StateDirectoryMode=0700
UMask=0077
Restart=on-failure
RestartSec=1
# A stop gives the requests that are under way 8 s, then ends its parts.
TimeoutStopSec=30
LimitNOFILE=65536

# It writes to its data folder alone, and to a temporary folder of its own, into which the executable unpacks its add-ons.
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectProc=invisible
ProtectClock=yes
ProtectHostname=yes
ProtectControlGroups=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
LockPersonality=yes
RemoveIPC=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
# Not MemoryDenyWriteExecute: JavaScript is compiled while it runs.

[Install]
WantedBy=multi-user.target`
}
