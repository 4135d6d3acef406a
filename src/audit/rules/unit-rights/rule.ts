import { fileRule, placeIn, type FileRule } from '../../file-rule.ts';
import { isOn, type SystemdUnit } from '../../gather/systemd.ts';
import type { Hit } from '../../model.ts';

/** Of a service without CAP_SYS_ADMIN these switch NoNewPrivileges on (systemd.exec(5)). */
const IMPLY =
  'SystemCallFilter SystemCallArchitectures RestrictAddressFamilies RestrictNamespaces PrivateDevices ProtectKernelTunables ProtectKernelModules ProtectKernelLogs ProtectClock MemoryDenyWriteExecute RestrictRealtime RestrictSUIDSGID LockPersonality ProtectHostname'.split(
    ' ',
  );
const GRAVE =
  /\bCAP_(?:SYS_ADMIN|SYS_PTRACE|SYS_MODULE|SYS_RAWIO|DAC_OVERRIDE|DAC_READ_SEARCH|SETUID|SETGID|NET_ADMIN|NET_RAW|BPF|CHOWN|FOWNER|SETFCAP)\b/;

/** See `meta`. */
export const rule: FileRule<SystemdUnit> = fileRule(
  {
    id: 'unit-rights',
    title: 'Services of systemd cannot gain rights',
    failure: 'A service of systemd may gain rights',
    severity: 'medium',
    confidence: 'high',
    controls: ['DEP-01'],
    method: 'static',
    remedy: 'Set NoNewPrivileges=yes and CapabilityBoundingSet= with nothing behind it; give back only what it needs.',
    references: ['systemd.exec(5), NoNewPrivileges= and CapabilityBoundingSet=', 'NSA and CISA, MCP recommendations'],
  },
  ({ units }) => units,
  (unit) => {
    const { file, name, settings, isOfUser } = unit;
    const hits: Hit[] = [];
    const user = settings['User']?.value ?? '';
    const isOther = isOfUser || !/^(?:root|0|)$/.test(user);
    const isImplied =
      isOn(settings['DynamicUser']) ||
      (isOther &&
        IMPLY.some((key) => settings[key] !== undefined && !/^(?:no|false|0|off|)$/i.test(settings[key].value)));
    if (!isOn(settings['NoNewPrivileges']) && !isImplied)
      hits.push({
        message: `"${name}" may gain rights: NoNewPrivileges=yes is not set`,
        place: placeIn(file, settings['NoNewPrivileges'] ?? unit),
      });
    const ambient = settings['AmbientCapabilities'];
    if (ambient !== undefined && !ambient.value.startsWith('~') && GRAVE.test(ambient.value))
      hits.push({
        message: `"${name}" is given a capability that opens the machine`,
        place: placeIn(file, ambient),
        evidence: ambient.value.slice(0, 160),
        severity: 'high',
      });
    return hits;
  },
);
