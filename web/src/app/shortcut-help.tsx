import { Kbd, Modal } from '@mantine/core';
import { cx } from '../ui/cx.ts';
import { SHORTCUTS } from '../ui/shortcuts.ts';
import classes from './shortcut-help.module.css';

export interface ShortcutHelpProps {
  readonly opened: boolean;
  readonly onClose: () => void;
}

/** The list behind `?`. */
export function ShortcutHelp({ opened, onClose }: ShortcutHelpProps) {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title="Keyboard shortcuts"
      closeButtonProps={{ 'aria-label': 'Close' }}
      attributes={{ header: { role: 'presentation' } }}
    >
      <dl className={cx(classes.list)}>
        {SHORTCUTS.map(({ keys, does }) => (
          <div key={does}>
            <dt>
              {keys.map((key) => (
                <Kbd key={key}>{key}</Kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  );
}
