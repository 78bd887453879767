// parts: what pages are made of. Import from here.
export { Chart, type ChartProps, type ChartTable } from "./chart";
export { useConfirm, type Question } from "./confirm";
export { ConfirmDelete } from "./confirm-delete";
export { useDefinition, type Definition, type SaveOptions } from "./definition";
export { DefinitionTabs } from "./definition-tabs";
export { DiffView } from "./diff-view";
export { Grid, type GridColumn, type GridProps, type GridSort } from "./grid";
export { ObjectLink, ObjectLinks, PageLink } from "./link";
export { KIND_WORD, objectWord, pageOf } from "./objects";
export { PageHead, type PageHeadProps } from "./page-head";
export { DraftNote, NAME, nameFrom, SaveDialog } from "./save-dialog";
export { ago, bytes, duration, formatNumber, formatTime, Num, State, stateWord, Time, valueText } from "./show";
export { Diagnostics, Empty, ErrorView, Loading } from "./states";
export { diffLines } from "./text-diff";
export { useToast } from "./toast";
export { TypeIcon, typeWord } from "./type-icon";
export { VirtualRows, type VirtualRowsProps } from "./virtual-rows";
export { YamlEditor, type YamlEditorProps } from "./yaml-editor";
