package kvlab.capacity;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import kvlab.workload.InputException;

/**
 * The models and GPUs that kvlab knows by name, in the order of their files. Adding one is adding a
 * line to {@code models.csv} or {@code gpus.csv} beside this class.
 */
public final class Catalogue {
  private static final String MODELS = "models.csv";
  private static final String GPUS = "gpus.csv";

  private final List<Model> models;
  private final List<Gpu> gpus;

  private Catalogue(List<Model> models, List<Gpu> gpus) {
    this.models = models;
    this.gpus = gpus;
  }

  /** The catalogue that comes with kvlab; reads both files. */
  public static Catalogue open() {
    try (Reader models = resource(MODELS);
        Reader gpus = resource(GPUS)) {
      return read(models, gpus);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Catalogue read(Reader models, Reader gpus) {
    return new Catalogue(
        CatalogueFile.read(MODELS, models, Catalogue::model, Model::name),
        CatalogueFile.read(GPUS, gpus, Catalogue::gpu, Gpu::name));
  }

  public List<Model> models() {
    return models;
  }

  public List<Gpu> gpus() {
    return gpus;
  }

  /** The model of that name, in any case. */
  public Model model(String name) {
    return find("model", name, models, Model::name);
  }

  /** The GPU of that name, in any case. */
  public Gpu gpu(String name) {
    return find("GPU", name, gpus, Gpu::name);
  }

  private static <T> T find(String what, String name, List<T> all, Function<T, String> nameOf) {
    String wanted = name.strip().toLowerCase(Locale.ROOT);
    for (T one : all) {
      if (nameOf.apply(one).equals(wanted)) {
        return one;
      }
    }
    List<String> names = all.stream().map(nameOf).toList();
    List<String> close = CloseNames.of(wanted, names);
    throw new InputException(
        close.isEmpty()
            ? "unknown " + what + " " + name + "; known: " + String.join(", ", names)
            : "unknown " + what + " " + name + "; did you mean " + String.join(" or ", close)
                + "?");
  }

  private static Model model(CatalogueFile.Line line) {
    Attention attention = new Attention(
        line.constant("attention", Attention.Kind.class),
        line.integer("kv_layers"),
        line.integer("heads"),
        line.integer("kv_heads"),
        line.integer("head_dim"),
        line.integer("latent_dim"),
        line.integer("rope_dim"),
        line.integer("window_tokens"),
        line.integer("full_layers"));
    return new Model(
        line.text("name"),
        line.text("family"),
        attention,
        line.integer("layers"),
        line.integer("hidden"),
        line.integer("ffn"),
        line.integer("vocab"),
        line.whole("parameters"),
        line.whole("active_parameters"),
        line.integer("max_model_tokens"),
        line.number("weight_bytes_per_parameter"),
        line.bool("tied_embeddings"));
  }

  private static Gpu gpu(CatalogueFile.Line line) {
    return new Gpu(
        line.text("name"),
        line.whole("memory_bytes"),
        line.number("bandwidth_bytes_per_second"),
        line.number("flops_bf16"),
        line.number("flops_fp8"),
        line.integer("multiprocessors"),
        line.number("cache_bytes"),
        line.number("host_link_bytes_per_second"),
        line.number("link_bytes_per_second"),
        line.whole("link_latency_nanos"),
        line.text("roofline"));
  }

  private static Reader resource(String file) {
    InputStream in = Catalogue.class.getResourceAsStream(file);
    if (in == null) {
      throw new IllegalStateException("the build lacks " + file);
    }
    return new InputStreamReader(in, StandardCharsets.UTF_8);
  }
}
