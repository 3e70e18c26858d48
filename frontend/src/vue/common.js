// The parts of Vuetify that every page carries. The others are fetched when a template names them.

export { VCol, VContainer, VRow } from "vuetify/components/VGrid";
export { VApp } from "vuetify/components/VApp";
export { VAutocomplete } from "vuetify/components/VAutocomplete";
export { VBtn } from "vuetify/components/VBtn";
export { VCard, VCardText, VCardTitle } from "vuetify/components/VCard";
export { VCheckbox } from "vuetify/components/VCheckbox";
export { VChip } from "vuetify/components/VChip";
export { VDataTable, VDataTableServer } from "vuetify/components/VDataTable";
export { VDialog } from "vuetify/components/VDialog";
export { VIcon } from "vuetify/components/VIcon";
export { VList, VListItem, VListSubheader } from "vuetify/components/VList";
export { VMain } from "vuetify/components/VMain";
export { VMenu } from "vuetify/components/VMenu";
export { VSelect } from "vuetify/components/VSelect";
export { VSnackbar } from "vuetify/components/VSnackbar";
export { VSwitch } from "vuetify/components/VSwitch";
export { VTextField } from "vuetify/components/VTextField";
