import { fileRule, placeIn, type FileRule } from '../../file-rule.ts';
import { isOn, type SystemdUnit } from '../../gather/systemd.ts';

const BOUNDS = ['RestrictAddressFamilies', 'IPAddressDeny', 'SocketBindDeny'];

/** See `meta`. */
export const rule: FileRule<SystemdUnit> = fileRule(
  {
    id: 'unit-network',
    title: 'Services of systemd reach only the networks that they need',
    failure: 'A service of systemd reaches any network',
    severity: 'low',
    confidence: 'medium',
    controls: ['DEP-03'],
    method: 'static',
    remedy:
      'Set RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6, and IPAddressDeny=any with IPAddressAllow= for what it talks to; PrivateNetwork=yes where it needs none.',
    references: ['systemd.exec(5), RestrictAddressFamilies=', 'systemd.resource-control(5), IPAddressDeny='],
  },
  ({ units }) => units,
  (unit) => {
    const { file, name, settings } = unit;
    if (isOn(settings['PrivateNetwork'])) return [];
    if (BOUNDS.some((key) => (settings[key]?.value ?? '') !== '')) return [];
    return [{ message: `"${name}" may open any kind of socket to anywhere`, place: placeIn(file, unit) }];
  },
);
