package kvlab.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.util.ArrayList;
import java.util.List;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * How each design looks, the same in every chart. Colours of the first designs are those of Okabe
 * and Ito (Color Universal Design, 2008) as far as they are dark enough for a line, then those of
 * Tol's muted scheme (Colour Schemes, SRON 2021). Dashes and markers differ too, for greyscale.
 */
public final class Palette {
  /** Designs with a colour of their own, in the order of {@link #COLORS}, which are more; append only. */
  private static final List<String> KNOWN = List.of(
      "vllm-v1",
      "vllm-paper",
      "orca-max",
      "orca-pow2",
      "orca-oracle",
      "contiguous-max",
      "vllm-v0",
      "fastertransformer",
      "hf-static",
      "hf-dynamic",
      "llamacpp",
      "s3",
      "tensorrt-llm-no-evict",
      "tensorrt-llm-max-utilization",
      "lmdeploy",
      "hf-continuous",
      "sglang",
      "lightllm",
      "vattention",
      "buddy-pages",
      "jenga");

  private static final int[] COLORS = {
    0x0072B2, 0x2FA4DE, 0xD55E00, 0xE69F00, 0xB5508A, 0x4D4D4D, 0x009E73, 0x332288, 0x999933,
    0xCC6677, 0x117733, 0x882255, 0x44AA99, 0x6F4E37, 0x7A7AB8, 0xA65628, 0x8C8C8C, 0x1B6B72,
    0xB22222, 0x5B8C00, 0x9C4DCC, 0xB8860B, 0x23236B, 0xE0709A
  };

  private static final float[][] DASHES = {
    {}, {9, 4}, {2.5f, 2.5f}, {9, 3, 2, 3}, {15, 4}, {5, 3}, {12, 3, 2, 3, 2, 3}
  };

  private static final Marker[] MARKERS = {
    SeriesMarkers.CIRCLE,
    SeriesMarkers.SQUARE,
    SeriesMarkers.TRIANGLE_UP,
    SeriesMarkers.DIAMOND,
    SeriesMarkers.TRIANGLE_DOWN
  };

  private static final float LINE_WIDTH = 1.9f;

  private Palette() {}

  /**
   * The look of a design.
   *
   * @param dash lengths of dashes and gaps in pixels; empty for a solid line
   */
  public record Look(Color color, List<Float> dash, Marker marker) {
    BasicStroke stroke() {
      if (dash.isEmpty()) {
        return new BasicStroke(LINE_WIDTH, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND);
      }
      float[] lengths = new float[dash.size()];
      for (int i = 0; i < lengths.length; i++) {
        lengths[i] = dash.get(i);
      }
      return new BasicStroke(
          LINE_WIDTH, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 10, lengths, 0);
    }
  }

  /**
   * The look of a design: by its place among the known ones, else by a hash of its name; of what was
   * measured and what was predicted too.
   */
  public static Look of(String design) {
    if (design.equals(Both.NAMES.get(0))) {
      return new Look(Ink.TEXT, List.of(), SeriesMarkers.CIRCLE);
    }
    if (design.equals(Both.NAMES.get(1))) {
      return look(2, 1, 1);
    }
    int place = KNOWN.indexOf(design);
    if (place >= 0) {
      return look(place, place, place);
    }
    int hash = fnv1a(design);
    int fresh = COLORS.length - KNOWN.size(); // colours that no known design has
    return look(
        KNOWN.size() + Math.floorMod(hash, fresh),
        Math.floorMod(hash >> 8, DASHES.length),
        Math.floorMod(hash >> 16, MARKERS.length));
  }

  private static Look look(int color, int dash, int marker) {
    List<Float> lengths = new ArrayList<>();
    for (float length : DASHES[dash % DASHES.length]) {
      lengths.add(length);
    }
    return new Look(
        new Color(COLORS[color % COLORS.length]),
        List.copyOf(lengths),
        MARKERS[marker % MARKERS.length]);
  }

  /** A pale shade of a colour, for areas below lines. */
  static Color paler(Color color) {
    return new Color(paler(color.getRed()), paler(color.getGreen()), paler(color.getBlue()));
  }

  private static int paler(int channel) {
    return 255 - (255 - channel) / 4;
  }

  /** Black or white, whichever is read more easily on this colour. */
  static Color inkOn(Color background) {
    return lightness(background) > 58 ? Color.BLACK : Color.WHITE;
  }

  /** CIE L* of an sRGB colour, from 0 for black to 100 for white: its look in greyscale. */
  static double lightness(Color color) {
    double y = 0.2126 * linear(color.getRed())
        + 0.7152 * linear(color.getGreen())
        + 0.0722 * linear(color.getBlue());
    return y > 0.008856 ? 116 * Math.cbrt(y) - 16 : 903.3 * y;
  }

  private static double linear(int channel) {
    double c = channel / 255.0;
    return c <= 0.04045 ? c / 12.92 : Math.pow((c + 0.055) / 1.055, 2.4);
  }

  /** FNV-1a over the characters: the same on every machine and in every version of Java. */
  private static int fnv1a(String text) {
    int hash = 0x811C9DC5;
    for (int i = 0; i < text.length(); i++) {
      hash = (hash ^ text.charAt(i)) * 0x01000193;
    }
    return hash ^ (hash >>> 15);
  }
}
