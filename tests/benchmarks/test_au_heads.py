from benchmarks.au_heads import feature_seconds, rival_seconds
from fer_tf.studies.au_bias.pool import backbone
from fer_tf.training.head import HeadOptions


def test_both_sides_are_timed(rendered_faces):
    options = HeadOptions(head_width=0.005, batch_size=8)
    assert rival_seconds("rendered_faces/tiny", rendered_faces, "none", 32, options, 2) > 0
    model = backbone("mobilenet_au", 32, "none", alpha=0.35, pooling="none")
    few, many = (feature_seconds(model, "rendered_faces/tiny", rendered_faces, images) for images in (10, 10_000))
    assert 0 < few < many
