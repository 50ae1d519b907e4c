import React, { useState } from "react";
import { Button } from "./button";
import styles from "./app.module.css";

export interface Props {
  title: string;
  onClose?: () => void;
}

export const App: React.FC<Props> = ({ title, onClose }) => {
  const [open, setOpen] = useState<boolean>(false);
  return (
    <Button className={styles.main} onClick={() => setOpen(!open)}>
      {title}
      <Menu.Item key="x" {...{ onClose }} />
    </Button>
  );
};

export default function Page() {
  return <></>;
}
