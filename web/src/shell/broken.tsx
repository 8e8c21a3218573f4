import { Component, type ReactNode } from "react";
import { Button } from "../kit/button";
import { commonWords } from "../kit/common-words";
import { Empty } from "../kit/empty";

/** Shows a failed screen as such; navigation goes on. */
export class Broken extends Component<{ children: ReactNode }, { hasFailed: boolean }> {
  override state = { hasFailed: false };

  static getDerivedStateFromError(): { hasFailed: boolean } {
    return { hasFailed: true };
  }

  override render(): ReactNode {
    if (!this.state.hasFailed) return this.props.children;
    const words = commonWords.get();
    return (
      <Empty
        title={words.broken.title}
        text={words.broken.text}
        action={<Button onPress={() => location.reload()}>{words.reload}</Button>}
      />
    );
  }
}
