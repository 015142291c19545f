"""Every address of the web process."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

# One login for people, with its lock-out and its e-mail confirmation, in front of the admin too.
admin.autodiscover()
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("", include("acquiring.core.urls")),
    path("", include("acquiring.api.urls")),
    path("", include("acquiring.checkout.urls")),
    path("", include("acquiring.portal.urls")),
    path("admin/", admin.site.urls),
]

handler500 = "acquiring.portal.views.failed"
