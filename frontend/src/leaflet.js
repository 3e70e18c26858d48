// ipyleaflet without its plugins: one of them builds functions from text, which no page allows.

import css from "text:leaflet.css";
import { addStyle } from "./styles.js";

addStyle(css);

export * from "jupyter-leaflet/lib/Map.js";
export * from "jupyter-leaflet/lib/controls/AttributionControl.js";
export * from "jupyter-leaflet/lib/controls/Control.js";
export * from "jupyter-leaflet/lib/controls/LayersControl.js";
export * from "jupyter-leaflet/lib/controls/LegendControl.js";
export * from "jupyter-leaflet/lib/controls/ScaleControl.js";
export * from "jupyter-leaflet/lib/controls/WidgetControl.js";
export * from "jupyter-leaflet/lib/controls/ZoomControl.js";
export * from "jupyter-leaflet/lib/layers/Circle.js";
export * from "jupyter-leaflet/lib/layers/CircleMarker.js";
export * from "jupyter-leaflet/lib/layers/DivIcon.js";
export * from "jupyter-leaflet/lib/layers/FeatureGroup.js";
export * from "jupyter-leaflet/lib/layers/GeoJSON.js";
export * from "jupyter-leaflet/lib/layers/Icon.js";
export * from "jupyter-leaflet/lib/layers/ImageOverlay.js";
export * from "jupyter-leaflet/lib/layers/Layer.js";
export * from "jupyter-leaflet/lib/layers/LayerGroup.js";
export * from "jupyter-leaflet/lib/layers/LocalTileLayer.js";
export * from "jupyter-leaflet/lib/layers/Marker.js";
export * from "jupyter-leaflet/lib/layers/Path.js";
export * from "jupyter-leaflet/lib/layers/Polygon.js";
export * from "jupyter-leaflet/lib/layers/Polyline.js";
export * from "jupyter-leaflet/lib/layers/Popup.js";
export * from "jupyter-leaflet/lib/layers/RasterLayer.js";
export * from "jupyter-leaflet/lib/layers/Rectangle.js";
export * from "jupyter-leaflet/lib/layers/TileLayer.js";
export * from "jupyter-leaflet/lib/layers/VectorLayer.js";
