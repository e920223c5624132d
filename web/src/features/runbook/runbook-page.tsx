import { queryOptions, useQuery } from '@tanstack/react-query';
import { useParams } from 'react-router';
import { request } from '../../api/client.ts';
import { cx } from '../../ui/cx.ts';
import { Page } from '../../ui/page.tsx';
import { Failure, Loading } from '../../ui/view-state.tsx';
import { type Block, markdownBlocks } from './markdown-blocks.ts';
import classes from './runbook-page.module.css';

interface Runbook {
  readonly name: string;
  readonly text: string;
}

function runbook(name: string) {
  return queryOptions({
    queryKey: ['runbook', name],
    queryFn: ({ signal }) => request<Runbook>(`/api/runbooks/${encodeURIComponent(name)}`, { signal }),
  });
}

/** What to do when an alert fires, as the team wrote it. */
export function RunbookPage() {
  const { name = '' } = useParams();
  const { data, error, refetch } = useQuery(runbook(name));
  const blocks = data === undefined ? [] : markdownBlocks(data.text);
  const [first, ...others] = blocks;
  const hasTitle = first?.kind === 'heading';
  return (
    <Page title={hasTitle ? first.text : name} summary="Runbook">
      {data === undefined && error === null && <Loading what="the runbook" />}
      {error !== null && <Failure what="the runbook" error={error} onRetry={() => void refetch()} />}
      <article className={cx(classes.runbook)}>
        {(hasTitle ? others : blocks).map((block) => (
          <BlockView key={JSON.stringify(block)} block={block} />
        ))}
      </article>
    </Page>
  );
}

function BlockView({ block }: { readonly block: Block }) {
  switch (block.kind) {
    case 'heading':
      return block.level <= 2 ? <h2>{block.text}</h2> : <h3>{block.text}</h3>;
    case 'code':
      return <pre>{block.text}</pre>;
    case 'paragraph':
      return (
        <p>
          <Inline text={block.text} />
        </p>
      );
    case 'list': {
      const items = block.items.map((item) => (
        <li key={item}>
          <Inline text={item} />
        </li>
      ));
      return block.ordered ? <ol>{items}</ol> : <ul>{items}</ul>;
    }
  }
}

/** `code` and **strong** are set apart; everything else is text. */
function Inline({ text }: { readonly text: string }) {
  return text.split(/(`[^`]+`|\*\*[^*]+\*\*)/).map((part, index) => {
    const key = `${index} ${part}`;
    if (part.startsWith('`')) {
      return <code key={key}>{part.slice(1, -1)}</code>;
    }
    return part.startsWith('**') ? <strong key={key}>{part.slice(2, -2)}</strong> : part;
  });
}
