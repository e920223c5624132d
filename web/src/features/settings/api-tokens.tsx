import { Button, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { Role } from '@tila/contract/session.ts';
import { type FormEvent, useState } from 'react';
import { Age } from '../../time/times.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { cx } from '../../ui/cx.ts';
import table from '../../ui/table.module.css';
import { Failure, Loading } from '../../ui/view-state.tsx';
import classes from './api-tokens.module.css';
import { apiTokens, createToken, revokeToken } from './queries.ts';

const ROLES: readonly Role[] = ['viewer', 'responder', 'admin'];

/** The tokens programs use. A new one's secret is shown once. */
export function ApiTokens() {
  const query = useQuery(apiTokens());
  const queries = useQueryClient();
  const refresh = () => queries.invalidateQueries({ queryKey: ['tokens'] });
  const revoke = useMutation({ mutationFn: revokeToken, onSuccess: refresh });
  const create = useMutation({ mutationFn: createToken, onSuccess: refresh });
  return (
    <div className={cx(classes.tokens)}>
      {query.isPending && <Loading what="tokens" rows={2} />}
      {query.error !== null && <Failure what="tokens" error={query.error} onRetry={() => void query.refetch()} />}
      {query.data !== undefined && query.data.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
        <section className={cx(table.scroll)} aria-label="Existing tokens" tabIndex={0}>
          <table className={cx(table.table)}>
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col">Role</th>
                <th scope="col">Scope</th>
                <th scope="col">Last used</th>
                <th scope="col">
                  <span className="tila-visually-hidden">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {query.data.map(({ id, name, role, scope, lastUsedAt }) => (
                <tr key={id}>
                  <td>{name}</td>
                  <td>{role}</td>
                  <td>{scope}</td>
                  <td>{lastUsedAt === null ? 'never' : <Age at={lastUsedAt} />}</td>
                  <td>
                    <Button size="compact-xs" variant="default" aria-label={`Revoke ${name}`} onClick={() => revoke.mutate(id)}>
                      Revoke
                    </Button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
      <NewToken pending={create.isPending} onCreate={(name, role) => create.mutate({ name, role, scope: 'api' })} />
      {(create.error ?? revoke.error) !== null && <p role="alert">{(create.error ?? revoke.error)?.message}</p>}
      {create.data !== undefined && (
        <p role="status" className={cx(classes.secret)}>
          Copy it now, it is not shown again: <code>{create.data.secret}</code>
          <CopyButton label="Copy token" text={() => create.data.secret} />
        </p>
      )}
    </div>
  );
}

interface NewTokenProps {
  readonly pending: boolean;
  readonly onCreate: (name: string, role: Role) => void;
}

function NewToken({ pending, onCreate }: NewTokenProps) {
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('viewer');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onCreate(name, role);
    setName('');
  };
  return (
    <form onSubmit={submit} className={cx(classes.form)}>
      <TextInput
        size="xs"
        aria-label="Name of the new token"
        placeholder="grafana"
        required
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <select
        aria-label="Role of the new token"
        value={role}
        onChange={(event) => setRole(ROLES.find((one) => one === event.currentTarget.value) ?? 'viewer')}
      >
        {ROLES.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </select>
      <Button size="xs" type="submit" variant="default" loading={pending}>
        Create token
      </Button>
    </form>
  );
}
