import { Component, type ReactNode } from 'react';
import { Page } from '../ui/page.tsx';
import { Failure } from '../ui/view-state.tsx';

export interface ViewBoundaryProps {
  readonly children: ReactNode;
}

interface ViewBoundaryState {
  readonly error: Error | null;
}

/** Shows why a view failed instead of a blank page: a bug, or a part of the page that could not be loaded. */
export class ViewBoundary extends Component<ViewBoundaryProps, ViewBoundaryState> {
  override state: ViewBoundaryState = { error: null };

  static getDerivedStateFromError(error: unknown): ViewBoundaryState {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === null) {
      return this.props.children;
    }
    return (
      <Page title="Something broke">
        <Failure what="this view" error={error} onRetry={() => location.reload()} />
      </Page>
    );
  }
}
